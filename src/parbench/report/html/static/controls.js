// What holds for the whole page: which strategies, which rows. None of it is kept: a page that is opened
// shows everything.
const off = new Set();
let wanted = [];

function strategies() {
  const found = new Set(all("[data-strategy]").map(element => element.dataset.strategy));
  return [...found].sort(collator.compare);
}

// A strategy's line and mark, as its figures have them.
function swatch(strategy) {
  const of = part => all(`g[data-part="${part}"]`).find(group => group.dataset.strategy === strategy);
  const [curve, mark] = [of("curve")?.querySelector("path"), of("mark")];
  const picture = make("svg", { class: "swatch", viewBox: "0 0 34 12", "aria-hidden": "true" });
  if (curve) {
    const line = make("line", { x1: 1, x2: 33, y1: 6, y2: 6 });
    for (const name of ["stroke", "stroke-width", "stroke-dasharray"]) {
      if (curve.hasAttribute(name)) line.setAttribute(name, curve.getAttribute(name));
    }
    picture.append(line);
  }
  for (const use of mark ? all("use", mark) : []) {
    const copied = use.cloneNode();
    copied.setAttribute("x", 17);
    copied.setAttribute("y", 6);
    picture.append(copied);
  }
  return picture;
}

function toggle(strategy) {
  const box = make("input", { type: "checkbox", checked: "" });
  box.addEventListener("change", () => {
    if (box.checked) off.delete(strategy);
    else off.add(strategy);
    apply();
  });
  return make("label", {}, box, swatch(strategy), strategy);
}

function strategyControls(names) {
  const boxes = names.map(toggle);
  const set = on => () => {
    for (const label of boxes) label.control.checked = on;
    for (const name of names) on ? off.delete(name) : off.add(name);
    apply();
  };
  const both = make("span", {}, button("All", set(true)), button("None", set(false)));
  return make("fieldset", { class: "strategies" }, make("legend", {}, "Strategies"), both, ...boxes);
}

function rowControls(count) {
  const field = make("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  field.addEventListener("input", () => {
    wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    apply();
  });
  const label = make("label", {}, "with the words ", field);
  const hint = make("small", {}, "The heads of tables sort them.");
  return make("fieldset", {}, make("legend", {}, "Rows of tables"), label, count, hint);
}

function apply() {
  hide();
  for (const shape of all("svg [data-strategy]")) {
    if (off.has(shape.dataset.strategy)) shape.setAttribute("display", "none");
    else shape.removeAttribute("display");
  }
  for (const svg of all("svg[role=group]")) {
    const points = visible(svg);
    if (!points.some(point => point.getAttribute("tabindex") === "0")) stopAt(points, points[0]);
  }
  const rows = all("tbody tr");
  for (const each of rows) each.hidden = off.has(each.dataset.strategy) || !matches(each);
  for (const table of all("table")) {
    (table.closest(".scroll") || table).hidden = !all("tbody tr:not([hidden])", table).length;
  }
  const left = rows.filter(each => !each.hidden).length;
  const count = document.getElementById("rows-shown");
  if (count) count.textContent = `${left} of ${rows.length} rows shown`;
}

// Every word has to be somewhere in the row, or above its table.
function matches(each) {
  if (!wanted.length) return true;
  const text = `${each.textContent} ${each.closest("table").caption?.textContent}`.toLowerCase();
  return wanted.every(word => text.includes(word));
}

function showAll() {
  for (const box of all("#controls [type=checkbox]")) box.checked = true;
  for (const field of all("#controls [type=search]")) field.value = "";
  off.clear();
  wanted = [];
  apply();
}

// Opens what the target of a link is folded into, and marks it.
function arrive() {
  let id = location.hash.slice(1);
  try { id = decodeURIComponent(id); } catch { /* it is as it is */ }
  for (const old of all(".marked")) old.classList.remove("marked");
  const target = id && document.getElementById(id);
  if (!target) return;
  if (target.hidden || target.closest("[hidden]")) showAll();
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  const place = target.closest("tr, figure");
  if (place) place.classList.add("marked");
  (place || target).scrollIntoView({ block: place ? "center" : "start" });
}

function prepareControls() {
  const names = strategies();
  const count = make("output", { id: "rows-shown", "aria-live": "polite" });
  if (names.length < 2 && all("tbody tr").length < 2) return;
  const parts = [rowControls(count)];
  if (names.length > 1) parts.unshift(strategyControls(names));
  const summary = make("summary", {}, names.length > 1 ? "Choose strategies and rows" : "Choose rows");
  const panel = make("details", { id: "controls" }, summary, ...parts);
  // Above the first figures: the answers stay on the first screen, and nothing is covered.
  const place = document.getElementById("curves") || document.querySelector("main");
  place.before(make("aside", { class: "choices", "aria-label": "What is shown" }, panel));
}

// Paper has no folds; those of the page are as they were afterwards.
function unfoldForPrint() {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details.fold:not([open])");
    for (const each of folded) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of folded) each.open = false; });
}

prepareControls();
unfoldForPrint();
preparePage();
all(".drawing svg").forEach(preparePoints);
all("figure").forEach(prepareFigure);
all("table").forEach(prepareTable);
for (const head of all("main > section[id] > h2")) head.append(anchor(head.parentElement.id, head.textContent));
apply();
addEventListener("hashchange", arrive);
arrive();
