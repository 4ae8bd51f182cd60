// Follows what a page shows: the server sends parts of the page, as HTML, whenever they have changed.
"use strict";

(() => {
  const page = document.querySelector("[data-stream]");
  if (!page || !window.EventSource) return;
  const live = document.getElementById("live");
  const shown = new Map();
  let source = null;

  function say(word, isLost) {
    live.hidden = false;
    live.textContent = word;
    live.classList.toggle("lost", isLost);
  }

  // Somebody who types a reason must not lose it, nor the place of the keyboard.
  function isInUse(part) {
    const forms = [...part.querySelectorAll("form input:not([type=hidden]), form textarea")];
    return forms.some((field) => field === document.activeElement || field.value !== field.defaultValue);
  }

  function keep(part, change) {
    const isOpen = (each) => [each.dataset.key, each.open];
    const before = new Map([...part.querySelectorAll("details[data-key]")].map(isOpen));
    const places = [...part.querySelectorAll(".scroll, pre")].map((each) => [each.scrollLeft, each.scrollTop]);
    const focused = part.contains(document.activeElement) ? pathTo(part, document.activeElement) : null;
    change();
    for (const each of part.querySelectorAll("details[data-key]")) {
      if (before.has(each.dataset.key)) each.open = before.get(each.dataset.key);
    }
    part.querySelectorAll(".scroll, pre").forEach((each, at) => {
      if (places[at]) [each.scrollLeft, each.scrollTop] = places[at];
    });
    if (focused) at(part, focused)?.focus({ preventScroll: true });
  }

  function pathTo(part, element) {
    const path = [];
    for (let each = element; each !== part; each = each.parentElement) path.unshift([...each.parentElement.children].indexOf(each));
    return path;
  }

  function at(part, path) {
    return path.reduce((each, index) => each?.children[index], part);
  }

  function show(name, html) {
    const part = page.querySelector(`[data-part="${name}"]`);
    if (!part || shown.get(name) === html) return;
    if (isInUse(part)) {
      if (!part.querySelector(".stale")) {
        const note = document.createElement("p");
        note.className = "stale";
        note.setAttribute("role", "status");
        note.textContent = "The saga has changed meanwhile: see above and below.";
        part.append(note);
      }
      return;
    }
    keep(part, () => { part.innerHTML = html; });
    shown.set(name, html);
  }

  function open() {
    source = new EventSource(page.dataset.stream);
    source.onopen = () => say("live", false);
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) say("not live: load the page again", true);
    };
    source.addEventListener("parts", (event) => {
      const news = JSON.parse(event.data);
      document.title = news.title.trim();
      for (const [name, html] of Object.entries(news.parts)) show(name, html);
    });
    source.addEventListener("end", () => {
      source.close();
      source = null;
      document.removeEventListener("visibilitychange", watch);
      live.hidden = true;
    });
  }

  // A browser has few connections to one host: pages in the background give theirs back.
  function watch() {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!source) {
      open();
    }
  }

  document.addEventListener("visibilitychange", watch);
  watch();
})();
