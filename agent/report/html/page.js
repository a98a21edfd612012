(() => {
  "use strict";
  const section = document.getElementById("findings");
  if (!section) return;
  const table = section.querySelector("table");
  const [body, rest] = table.tBodies;
  const step = body.rows.length;
  const rows = [...body.rows, ...(rest?.rows ?? [])];
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const more = document.getElementById("more");
  const choices = ["severity", "service", "state"].map((name) => [name, document.getElementById(`by-${name}`)]);
  const spoken = new Map();
  let room = step;

  for (const row of rows.slice(step)) row.hidden = true;
  body.append(...rows.slice(step));
  rest?.remove();

  const textOf = (row) => {
    if (!spoken.has(row)) spoken.set(row, row.textContent.normalize("NFKC").toLowerCase());
    return spoken.get(row);
  };

  const show = () => {
    const words = search.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const row of body.rows) {
      const fits = choices.every(([name, box]) => !box.value || row.dataset[name] === box.value)
        && words.every((word) => textOf(row).includes(word));
      found += fits;
      row.hidden = !fits || found > room;
    }
    const number = (count) => count.toLocaleString(document.documentElement.lang);
    shown.textContent = shown.dataset.words
      .replace("{shown}", number(Math.min(found, room))).replace("{all}", number(found));
    more.hidden = found <= room;
  };

  const again = () => { room = step; show(); };

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent.trim();
  };

  const sort = (head) => {
    const down = head.dataset.sort === "number" ? head.ariaSort !== "descending" : head.ariaSort === "ascending";
    for (const other of table.tHead.rows[0].cells) other.ariaSort = "none";
    head.ariaSort = down ? "descending" : "ascending";
    const order = new Intl.Collator(document.documentElement.lang, { numeric: true });
    const column = head.cellIndex;
    const keyed = rows.map((row) => [valueOf(row, column), row]);
    keyed.sort(([a], [b]) => (head.dataset.sort === "number" ? a - b : order.compare(a, b)) * (down ? -1 : 1));
    body.append(...keyed.map(([, row]) => row));
    again();
  };

  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(head));
    head.replaceChildren(button);
    head.ariaSort = "none";
  }
  table.tHead.rows[0].cells[0].ariaSort = "descending";
  search.addEventListener("input", again);
  for (const [, box] of choices) box.addEventListener("change", again);
  more.addEventListener("click", () => { room += step * 5; show(); });
  section.querySelector(".controls").hidden = false;
  show();
})();
