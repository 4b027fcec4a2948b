// Sorting, finding and opening. The page says everything without it.
"use strict";
(() => {
  const make = (name, text, properties) => Object.assign(document.createElement(name), { textContent: text }, properties);

  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const value = (row, column) => row.cells[column].textContent.trim();
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = make("button", "", { type: "button", title: "Sort" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const numeric = head.classList.contains("num");
        // Numbers begin with the largest; a second click turns the order, a third gives the first one back.
        const orders = numeric ? ["descending", "ascending"] : ["ascending", "descending"];
        const order = orders[orders.indexOf(head.getAttribute("aria-sort")) + 1];
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (!order) return body.append(...rows);
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const compare = (a, b) => {
          const [x, y] = [value(a, column), value(b, column)];
          if (!numeric) return sign * x.localeCompare(y);
          const [m, n] = [parseFloat(x), parseFloat(y)];
          // Unknown goes last, whatever the order.
          return isNaN(m) || isNaN(n) ? isNaN(m) - isNaN(n) : sign * (m - n);
        };
        body.append(...[...rows].sort(compare));
      });
    });
    if (rows.length > 10) {
      const label = make("label", "Find a story ", { className: "find" });
      const input = make("input", "", { type: "search" });
      input.addEventListener("input", () => {
        const wanted = input.value.trim().toLowerCase();
        for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
      });
      label.append(input);
      table.parentElement.before(label);
    }
  }

  for (const list of document.querySelectorAll(".fact-list")) {
    const facts = [...list.querySelectorAll("details.fact")];
    const button = make("button", "Open all wordings", { type: "button", className: "all" });
    button.addEventListener("click", () => {
      const open = facts.some((fact) => !fact.open);
      for (const fact of facts) fact.open = open;
      button.textContent = open ? "Close all wordings" : "Open all wordings";
    });
    list.before(button);
  }

  // Browsers that do not open what a link points into.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    const closed = target && target.closest("details:not([open])");
    if (closed) {
      closed.open = true;
      closed.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
