// A cell of the heat map opens the sentences behind it: those with its theme, first or beside another.
"use strict";
(() => {
  const parts = /^#(s\d+r\d+)(?:t(\d+))?$/;

  // Shows the sentences of one theme of an area, or all; `from` is the cell to go back to.
  function show(area, theme, from) {
    const details = document.getElementById(area);
    let count = 0;
    let total = 0;
    let name = "all sentences";
    for (const group of details.querySelectorAll(".group")) {
      const heading = group.querySelector("h4");
      const own = theme === undefined || heading.id === `${area}t${theme}`;
      if (own && theme !== undefined) name = heading.textContent;
      let shown = 0;
      for (const item of group.querySelectorAll("li")) {
        const fits = own || (item.dataset.t ?? "").split(" ").includes(theme);
        item.hidden = !fits;
        shown += fits;
        total += 1;
      }
      group.hidden = theme !== undefined && shown === 0;
      count += shown;
    }
    const bar = details.querySelector(".shown");
    bar.replaceChildren(`${details.querySelector("summary strong").textContent}, ${name}: ${count} of ${total} sentences listed`);
    if (theme !== undefined) bar.append(button("Show all of this area", () => show(area, undefined, from)));
    if (from) bar.append(button("Back to the table", () => { from.focus(); from.scrollIntoView({ block: "center" }); }));
    bar.hidden = false;
    details.open = true;
    bar.focus({ preventScroll: true });
    details.scrollIntoView({ block: "start" });
  }

  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".map a");
    const found = link && parts.exec(link.getAttribute("href"));
    if (!found) return;
    event.preventDefault();
    history.replaceState(null, "", link.getAttribute("href"));
    show(found[1], found[2], link);
  });

  // A link into a closed part opens it.
  function arrive() {
    const found = parts.exec(location.hash);
    if (found && document.getElementById(found[1])) return show(found[1], found[2], null);
    const target = /^#[\w-]+$/.test(location.hash) ? document.querySelector(location.hash) : null;
    if (target && target.tagName === "DETAILS") target.open = true;
  }
  window.addEventListener("hashchange", arrive);
  arrive();
})();
