// Offers completions of the word that is being typed. The page works without it.
"use strict";
const box = document.querySelector("input[name=q]");
const list = document.getElementById("completions");
let pending;
let asked = "";

box.addEventListener("input", () => {
  clearTimeout(pending);
  pending = setTimeout(async () => {
    const text = box.value;
    if (text === asked || text.length < 2) return;
    asked = text;
    const answer = await fetch("/api/v1/complete?q=" + encodeURIComponent(text));
    if (!answer.ok || box.value !== text) return;
    list.replaceChildren(...(await answer.json()).map((value) => {
      const option = document.createElement("option");
      option.value = value;
      return option;
    }));
  }, 120);
});
