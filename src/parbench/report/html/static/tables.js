// Tables: sorted by a column, with links to rows.
const collator = new Intl.Collator("en", { numeric: true });
const orders = new WeakMap(); // the rows of each table as they came, which is an order with a meaning

function prepareTable(table) {
  const rows = all("tbody tr", table);
  const heads = all("thead th", table);
  orders.set(table, rows);
  if (rows.length > 1) heads.forEach((head, column) => prepareHead(table, head, column));
  const links = rows.filter(row => row.id).map(linkRow);
  if (!links.length) return;
  stopAt(links, links[0]);
  const shownLinks = () => all("tbody .anchor", table).filter(link => !link.closest("tr").hidden);
  table.addEventListener("keydown", event => rove(shownLinks(), event.target, event.key) && event.preventDefault());
}

function linkRow(row) {
  const head = row.querySelector("th");
  const numbers = [...row.cells].slice(1, 2).map(cell => cell.textContent.trim()); // the cores, which tell rows apart
  const link = anchor(row.id, [head.textContent.trim(), ...numbers].join(", "));
  head.append(link);
  return link;
}

function prepareHead(table, head, column) {
  const sorter = button("", () => sort(table, head, column), { class: "sort" });
  sorter.append(...head.childNodes);
  head.append(sorter);
}

function sort(table, head, column) {
  const next = { ascending: "descending", descending: "" }[head.getAttribute("aria-sort")] ?? "ascending";
  for (const each of all("thead th", table)) each.removeAttribute("aria-sort");
  const rows = [...orders.get(table)];
  if (next) {
    head.setAttribute("aria-sort", next);
    const keys = new Map(rows.map(each => [each, key(each, column)]));
    rows.sort((one, other) => compare(keys.get(one), keys.get(other), next === "ascending" ? 1 : -1));
  }
  table.tBodies[0].append(...rows);
}

// What a row is sorted by: the number that the page says a cell stands for, or its text; null where there is none.
function key(row, column) {
  let at = 0;
  for (const cell of row.cells) {
    if (at === column && cell.colSpan === 1) {
      const text = cell.textContent.replace(/#$/, "").trim(); // but for our link to the row
      if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
      return text === "–" || text === "" ? null : text;
    }
    at += cell.colSpan;
  }
  return null;
}

// Numbers before texts; what is not there stands last, whichever way the others go.
function compare(one, other, way) {
  if (one === null || other === null) return (one === null) - (other === null);
  if (typeof one === "number" && typeof other === "number") return way * (one - other);
  if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
  return way * collator.compare(one, other);
}
