// What stands below each figure: a link to it, and its data to take along.
function prepareFigure(figure) {
  const svg = figure.querySelector(".drawing svg");
  if (!svg) return;
  const name = figure.querySelector(".drawing").getAttribute("aria-label");
  const bar = make("div", { class: "tools" });
  if (svg.dataset.columns) {
    const said = make("span", { role: "status" });
    bar.append(button("Copy data as CSV", () => copy(figure, said), { "aria-label": `Copy data as CSV: ${name}` }), said);
  }
  if (svg.id) bar.prepend(anchor(svg.id, name));
  figure.append(bar);
}

// What can be seen: the points of strategies that are on.
function csv(figure) {
  const svg = figure.querySelector(".drawing svg");
  const rows = visible(svg).map(point => point.dataset.row);
  return [svg.dataset.columns, ...(svg.dataset.rows ? [svg.dataset.rows] : rows), ""].join("\n");
}

async function copy(figure, said) {
  for (const old of all("textarea", figure)) old.remove();
  const text = csv(figure);
  try {
    await navigator.clipboard.writeText(text);
    said.textContent = "copied";
  } catch {
    // There is no clipboard for this page, as in a sandbox: what is selected can be copied by hand.
    const area = make("textarea", { readonly: "", rows: "6", "aria-label": "The data as CSV" });
    area.value = text;
    figure.append(area);
    area.focus();
    area.select();
    said.textContent = "selected: press Ctrl+C, or ⌘C, to copy";
  }
}
