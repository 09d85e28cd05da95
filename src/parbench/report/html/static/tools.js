// What the rest uses. Nothing is stored and nothing is loaded: the page works from a disk, and in a sandbox.
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function make(tag, attributes = {}, ...children) {
  const space = ["svg", "line"].includes(tag) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml";
  const element = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function button(text, act, attributes = {}) {
  const made = make("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

// Of many things that can have the focus, one is a stop of the Tab key and arrows go from there: a hundred rows or
// points should not stand between a reader at a keyboard and the next section.
function rove(items, current, key) {
  const last = items.length - 1;
  const at = items.indexOf(current);
  const steps = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last };
  if (at < 0 || !(key in steps)) return false;
  const next = items[Math.min(last, Math.max(0, steps[key]))];
  stopAt(items, next);
  next.focus();
  return true;
}

function stopAt(items, stop) {
  for (const item of items) item.setAttribute("tabindex", item === stop ? "0" : "-1");
}

function anchor(id, name) {
  return make("a", { class: "anchor", href: `#${encodeURI(id)}`, "aria-label": `Link to ${name}` }, "#");
}
