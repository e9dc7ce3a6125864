// Results and completions while the reader types, and keys. Every page works without it.
"use strict";
(() => {
  const box = document.getElementById("q"), form = box.form, list = document.getElementById("completions");
  const main = document.getElementById("main"), said = document.getElementById("said");
  const wait = 70, settled = 700; // milliseconds
  let asked = box.value.trim(), here = location.pathname + location.search;
  let typing, saying, older, current = -1;

  // Results

  function address() {
    const to = new URLSearchParams(new FormData(form)), now = new URLSearchParams(location.search);
    if (location.pathname === "/") for (const kept of ["sort", "reverse"]) if (now.has(kept)) to.set(kept, now.get(kept));
    return "/?" + to;
  }

  function follow(to) {
    if (location.pathname === "/") history.replaceState(null, "", to);
    else history.pushState(null, "", to); // the page that was left is one step back
    here = to;
    document.title = box.value.trim() + " – Trawl";
  }

  function show(text) {
    main.innerHTML = text; // of our own server, which has escaped all names in it
    document.body.classList.remove("front");
    document.querySelector(".skip")?.setAttribute("href", document.getElementById("results") ? "#results" : "#main");
    document.querySelector(".skip[href='#filters']")?.remove();
    clearTimeout(saying);
    saying = setTimeout(() => { said.textContent = main.querySelector("h1")?.textContent ?? ""; }, settled);
  }

  async function look(signal) {
    const to = address();
    const answer = await fetch(to + "&part=results", { signal });
    const text = await answer.text();
    if (signal.aborted || answer.status >= 500) return;
    if (answer.ok) { follow(to); show(text); return; }
    await new Promise((done) => setTimeout(done, settled)); // the query may not be whole yet
    if (!signal.aborted) { follow(to); show(text); }
  }

  // Completions: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

  function choose(n) {
    const options = list.children;
    options[current]?.setAttribute("aria-selected", "false");
    current = n;
    const option = options[n];
    if (!option) { box.removeAttribute("aria-activedescendant"); return; }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", option.id);
  }

  function open(is) {
    list.hidden = !is;
    box.setAttribute("aria-expanded", String(is));
    if (!is) choose(-1);
  }

  function accept(option) {
    box.value = option.dataset.text;
    box.focus();
    open(false);
    typed();
  }

  async function complete(signal) {
    const answer = await fetch("/complete?" + new URLSearchParams(new FormData(form)), { signal });
    if (!answer.ok) return;
    const found = await answer.json();
    if (signal.aborted || document.activeElement !== box || current >= 0) return; // no option changes under the reader's hands
    list.replaceChildren(...found.map(({ text, kind }, n) => {
      const option = document.createElement("li"), name = document.createElement("bdi"), what = document.createElement("span");
      option.id = "completion-" + n;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.text = text;
      name.textContent = text;
      what.textContent = kind;
      what.className = "quiet";
      option.append(name, " ", what);
      return option;
    }));
    open(found.length > 0);
  }

  function typed() {
    const text = box.value.trim();
    clearTimeout(typing);
    older?.abort();
    if (text === asked && list.hidden === false) return;
    if (text.length < 2) { open(false); asked = text; return; }
    older = new AbortController();
    const { signal } = older, quiet = (e) => { if (e.name !== "AbortError") open(false); };
    typing = setTimeout(() => {
      complete(signal).catch(quiet);
      if (text !== asked) { asked = text; look(signal).catch(quiet); }
    }, wait);
  }

  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-expanded", "false");
  box.setAttribute("aria-controls", list.id);
  box.addEventListener("input", typed);
  box.addEventListener("blur", () => open(false));
  form.addEventListener("submit", () => { older?.abort(); clearTimeout(typing); });
  list.addEventListener("mousedown", (e) => e.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (e) => { const option = e.target.closest("li"); if (option) accept(option); });
  addEventListener("popstate", () => { if (location.pathname + location.search !== here) location.reload(); });

  // Keys

  function inBox(e) {
    const n = list.children.length;
    switch (e.key) {
      case "ArrowDown":
        if (list.hidden) { move(null, 1); } else choose(current + 1 < n ? current + 1 : -1);
        break;
      case "ArrowUp":
        if (list.hidden) return;
        choose(current < 0 ? n - 1 : current - 1);
        break;
      case "Enter":
        if (current < 0) return;
        accept(list.children[current]);
        break;
      case "Escape":
        if (list.hidden) return;
        open(false);
        break;
      default:
        return;
    }
    take(e);
  }

  // move goes to another result; before the first one is the box.
  function move(from, by) {
    const links = [...document.querySelectorAll("#results .name a")];
    const to = links.indexOf(from) + by;
    if (to < 0) box.focus();
    else links[Math.min(to, links.length - 1)]?.focus();
  }

  addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (e.target === box) { inBox(e); return; }
    if (e.target.closest("input, select, textarea, [contenteditable]")) return;
    const results = e.target.closest("#results");
    if (e.key === "/") box.select();
    else if (e.key === "?") location.href = document.getElementById("help").href;
    else if (results && e.key === "ArrowDown") move(e.target.closest("tr")?.querySelector(".name a"), 1);
    else if (results && e.key === "ArrowUp") move(e.target.closest("tr")?.querySelector(".name a"), -1);
    else if (results && e.key === "Escape") box.focus();
    else return;
    take(e);
  });

  // A key that was taken types nothing, not even where a program presses it.
  let taken = false;
  function take(e) { e.preventDefault(); taken = true; }
  addEventListener("keydown", () => { taken = false; }, true);
  addEventListener("keypress", (e) => { if (taken) e.preventDefault(); }, true);
})();
