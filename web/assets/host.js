// Shows how a crawl goes on while it does, and copies what is there to be copied. The pages work without it.
"use strict";
for (const box of document.querySelectorAll("[data-events]")) {
  const events = new EventSource(box.dataset.events);
  const meter = box.querySelector("meter");
  events.addEventListener("progress", (event) => {
    const now = JSON.parse(event.data);
    meter.max = Math.max(now.known, 1);
    meter.value = now.directories;
    box.querySelector(".now").textContent = now.text;
    box.querySelector(".dir bdi").textContent = now.dir;
  });
  events.addEventListener("end", () => {
    events.close();
    location.reload();
  });
}

for (const text of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text.dataset.copy;
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(text);
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch {
      document.execCommand("copy"); // where the page came over plain HTTP
    }
    button.textContent = text.dataset.copied;
  });
  text.after(" ", button);
}
