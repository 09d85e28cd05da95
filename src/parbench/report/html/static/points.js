// The numbers of a point beside it: on hover, on focus and on touch. Esc sends them away, the pointer may go onto them,
// and they stay until it leaves (WCAG 2.2, 1.4.13).
const REACH = 24; // px around a point within which it is meant
const LEAVING = 250; // ms in which the pointer can get from a point to its numbers
const POINTS = ".points circle, .points rect";
const tip = make("div", { class: "tip", "aria-hidden": "true", hidden: "" }); // a point says the same as its name
const lines = new WeakMap();
let shown = null;
let leaving = 0;

function preparePoints(svg) {
  const points = all(POINTS, svg);
  if (!points.length) return;
  svg.removeAttribute("aria-hidden");
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", "Points; arrow keys go from one to the next");
  // What was drawn is told by its caption; its points can be asked one by one.
  for (const child of svg.children) if (!child.matches(".points")) child.setAttribute("aria-hidden", "true");
  for (const point of points) preparePoint(point);
  stopAt(points, points[0]);
  // On the frame: an SVG that listens to the focus itself becomes a stop of the Tab key in Chromium.
  const frame = svg.parentElement;
  frame.addEventListener("focusin", event => lines.has(event.target) && show(event.target));
  frame.addEventListener("focusout", hide);
  frame.addEventListener("keydown", event => lines.has(event.target) && onKey(event, svg));
  svg.addEventListener("pointermove", event => event.pointerType !== "touch" && ask(svg, event));
  svg.addEventListener("pointerleave", event => event.pointerType !== "touch" && leave());
  svg.addEventListener("click", event => ask(svg, event)); // a tap, too
}

function preparePoint(point) {
  const title = point.querySelector("title"); // what browsers show of a point without this script
  lines.set(point, title.textContent.split("\n"));
  title.remove();
  point.setAttribute("role", "img");
  point.setAttribute("aria-label", lines.get(point).join(", "));
}

const visible = svg => all(POINTS, svg).filter(point => !point.closest("[display=none]"));

function onKey(event, svg) {
  if (event.key === "Enter" && row(event.target)) location.hash = encodeURI(row(event.target).id);
  else if (!rove(visible(svg), event.target, event.key)) return;
  event.preventDefault();
}

function ask(svg, event) {
  const point = nearest(svg, event.clientX, event.clientY);
  if (point) show(point);
  else leave();
}

function nearest(svg, x, y) {
  let [found, least] = [null, REACH];
  for (const point of visible(svg)) {
    const box = point.getBoundingClientRect();
    const round = point.tagName === "circle"; // its middle counts, for a box its edge
    const right = round ? Math.abs(x - box.x - box.width / 2) : Math.max(box.left - x, 0, x - box.right);
    const down = round ? Math.abs(y - box.y - box.height / 2) : Math.max(box.top - y, 0, y - box.bottom);
    if (Math.hypot(right, down) < least) [found, least] = [point, Math.hypot(right, down)];
  }
  return found;
}

const row = point => document.getElementById(point.dataset.cell);

function show(point) {
  clearTimeout(leaving);
  leaving = 0;
  if (shown !== point) {
    hide();
    shown = point;
    const [name, ...more] = lines.get(point);
    tip.replaceChildren(make("strong", {}, name), ...more.map(line => make("div", {}, line)));
    // for the pointer; at the keyboard it is the Enter key
    if (row(point)) tip.append(make("a", { href: `#${encodeURI(row(point).id)}`, tabindex: "-1" }, "its row"));
    tip.hidden = false;
    single(point);
  }
  placeTip();
}

function hide() {
  clearTimeout(leaving);
  leaving = 0;
  if (shown) single(null);
  shown = null;
  tip.hidden = true;
}

function leave() {
  if (shown && !leaving) leaving = setTimeout(hide, LEAVING);
}

// Marks a point, and dims what belongs to other strategies.
function single(point) {
  const svg = (point || shown).ownerSVGElement;
  for (const other of all(".points .on", svg)) other.classList.remove("on");
  if (point) point.classList.add("on");
  const strategy = point && point.parentElement.dataset.strategy;
  svg.classList.toggle("asked", Boolean(strategy));
  for (const group of all("g[data-strategy]", svg)) {
    group.classList.toggle("same", group.dataset.strategy === strategy);
  }
}

function placeTip() {
  if (!shown) return;
  const box = shown.getBoundingClientRect();
  const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
  const left = Math.max(8, Math.min(room, box.x + box.width / 2 - tip.offsetWidth / 2));
  const above = box.top - tip.offsetHeight - 6;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 8 ? above : box.bottom + 6}px`;
}

function preparePage() {
  document.body.append(tip);
  tip.addEventListener("pointerenter", () => { clearTimeout(leaving); leaving = 0; });
  tip.addEventListener("pointerleave", leave);
  document.addEventListener("keydown", event => event.key === "Escape" && hide());
  document.addEventListener("click", event => event.target.closest("svg, .tip") || hide());
  document.addEventListener("scroll", placeTip, { capture: true, passive: true });
}
