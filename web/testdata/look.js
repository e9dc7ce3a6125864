// What the tests of the looks ask of a page. Each function returns a list of what is wrong.
"use strict";
window.look = (() => {
  const all = (what) => [...document.querySelectorAll(what)];
  const shown = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && e.getClientRects().length > 0;
  const unseen = (e) => e.closest(".unseen, .skip");
  const say = (e) => e.outerHTML.replace(/\s+/g, " ").slice(0, 120);

  // Colours are read back from a canvas, which knows all notations: [r, g, b, a] of 0 to 1.
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const read = (colour) => {
    if (!known.has(colour)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      known.set(colour, [...pen.getImageData(0, 0, 1, 1).data].map((n) => n / 255));
    }
    return known.get(colour);
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const behind = (e) => {
    if (!e) return read(getComputedStyle(document.documentElement).colorScheme === "dark" ? "#000" : "#fff");
    const own = read(getComputedStyle(e).backgroundColor);
    return own[3] === 1 ? own : over(own, behind(e.parentElement));
  };
  const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, part, i) =>
    sum + part * (c[i] <= 0.04045 ? c[i] / 12.92 : ((c[i] + 0.055) / 1.055) ** 2.4), 0);
  const contrast = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };

  return {
    // A page has one h1, no id twice, and a language.
    whole: () => [
      ...(all("h1").length === 1 ? [] : [`${all("h1").length} h1`]),
      ...(document.documentElement.lang ? [] : ["no language"]),
      ...all("[id]").filter((e) => document.getElementById(e.id) !== e).map((e) => `id ${e.id} twice`),
    ],

    // Nothing is wider than the window, and no text is cut off.
    fits: (width) => {
      const wide = document.documentElement.scrollWidth > width ? [`the page is ${document.documentElement.scrollWidth} wide, not ${width}`] : [];
      const scrolls = (e) => e && e !== document.body && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
      const out = all("body *").filter((e) => shown(e) && !unseen(e) && !scrolls(e.parentElement) && e.getBoundingClientRect().right > width + 1);
      const cut = all("body *").filter((e) => shown(e) && !unseen(e) && getComputedStyle(e).overflowX === "hidden" && e.scrollWidth > e.clientWidth + 1);
      return wide.concat(out.slice(-3).map((e) => `ends at ${Math.round(e.getBoundingClientRect().right)}: ${say(e)}`), cut.slice(0, 3).map((e) => `is cut: ${say(e)}`));
    },

    // Text has a contrast of 4.5, and the edges of boxes, buttons and chips one of 3.
    contrast: () => {
      const found = [];
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const seen = new Set();
      while (walk.nextNode()) {
        const e = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || seen.has(e) || !shown(e) || unseen(e)) continue;
        seen.add(e);
        const ratio = contrast(over(read(getComputedStyle(e).color), behind(e)), behind(e));
        if (ratio < 4.5) found.push(`text ${ratio.toFixed(2)}: ${say(e)}`);
      }
      for (const e of all("input, select, button, .button, .chip, a.get, .state").filter((e) => shown(e) && !unseen(e) && e.type !== "hidden")) {
        const style = getComputedStyle(e);
        const around = behind(e.parentElement);
        const edge = parseFloat(style.borderTopWidth) > 0 ? over(read(style.borderTopColor), around) : behind(e);
        if (contrast(edge, around) < 3) found.push(`edge ${contrast(edge, around).toFixed(2)}: ${say(e)}`);
      }
      return found.slice(0, 8);
    },

    // Where the system chooses the colours, chips and buttons keep an edge and icons a stroke.
    forced: () => all(".chip, a.get, button, .button, input").filter((e) => shown(e) && e.type !== "hidden").filter((e) => {
      const style = getComputedStyle(e);
      return parseFloat(style.borderTopWidth) === 0 || contrast(read(style.borderTopColor), behind(e.parentElement)) < 3;
    }).map((e) => `no edge: ${say(e)}`).concat(all("svg.icon").filter(shown).filter((e) =>
      contrast(read(getComputedStyle(e).stroke), behind(e)) < 3).map((e) => `cannot be seen: ${say(e)}`)).slice(0, 5),

    // Nothing moves.
    still: () => all("*").filter((e) => [getComputedStyle(e), getComputedStyle(e, "::before")].some((s) =>
      /[1-9]/.test(s.transitionDuration + s.animationDuration))).map((e) => `moves: ${say(e)}`).slice(0, 5),

    // On paper there is nothing to press.
    paper: () => all("nav, button, input, a.get, .skip").filter((e) => shown(e) && !e.closest(".trail"))
      .map((e) => `on paper: ${say(e)}`).slice(0, 5),

    // How many results are whole in the window.
    inView: () => all("#results > tr").filter((e) => e.getBoundingClientRect().bottom <= innerHeight).length,
  };
})();
