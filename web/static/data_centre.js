// 分件台: a row is chosen by key or click, drawn on a map, and dispatched with one key. Works on what the page has
// without it: the forms are the same.
"use strict";

(() => {
  const rows = [...document.querySelectorAll("tr[data-order]")];
  const panel = document.querySelector("[data-panel]"), beside = document.querySelector("[data-beside]");
  const keys = document.getElementById("keys"), form = document.getElementById("dispatch");
  const toAll = document.querySelector("input[name='to']"), MOST_ASKED = 8;
  if (!rows.length) return;
  let chosen = -1, meant = null, told = null; // `meant`: the row that a person chose here; `told`: whose map is drawn

  // Who has just dispatched may press twice; the next order, which slid into the place, must not go with it.
  const QUIET = 600;
  const before = (sessionStorage.getItem("data-centre-rows") ?? "").split(" ").filter(Boolean);
  sessionStorage.removeItem("data-centre-rows");
  const from = performance.now() + (before.length ? QUIET : 0);
  const tooSoon = () => performance.now() < from;
  const known = (row) => row === meant || row === told; // nobody acts on what he has not seen

  // ---- the map --------------------------------------------------------------------------------------------------

  panel.classList.remove("d-none");
  const map = L.map("map", { attributionControl: false, keyboard: false, zoomSnap: 0.5 }).setView([35, 105], 4);
  L.control.scale({ imperial: false }).addTo(map);
  map.createPane("here").style.zIndex = 660; // the point stands above the names of areas
  const drawn = L.featureGroup().addTo(map), districts = L.featureGroup().addTo(map);
  const make = (tag, text, classes = "") => {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = classes;
    return element;
  };
  const far = (metres) => metres === null ? "距离不明"
    : metres < 1000 ? `${Math.round(metres)} 米` : `${(metres / 1000).toFixed(1)} 公里`;

  function show(order) {
    drawn.clearLayers();
    districts.clearLayers();
    for (const one of order.districts) {
      L.geoJSON(one.shape, { interactive: false, style: { color: "#8a5cf6", weight: 2, dashArray: "6 4", fill: false } })
        .addTo(districts);
    }
    const box = L.latLngBounds([]); // what is worth seeing at first
    order.stations.forEach((one, index) => {
      const colour = one.closed ? "#868e96" : one.inside ? "#2f9e44" : "#1f6feb";
      for (const shape of one.areas) {
        const area = L.geoJSON(shape, {
          style: { color: colour, weight: 2, fillOpacity: one.inside ? 0.18 : 0.07, dashArray: one.closed ? "3 5" : null },
        }).addTo(drawn);
        const name = make("span", `${index + 1} ${one.name}`);
        area.bindTooltip(name, { permanent: true, direction: "center", className: "py-0 px-1" });
        if (!order.point || one.metres < 10000) box.extend(area.getBounds());
      }
    });
    for (const one of order.decided.filter((entry) => entry.point)) {
      L.circleMarker(one.point, { radius: 5, color: "#f08c00", fillOpacity: 0.9 }).addTo(drawn)
        .bindTooltip(make("span", `已判归 ${one.station}`));
    }
    if (order.point) {
      const here = L.circleMarker(order.point, { pane: "here", radius: 8, color: "#fff", weight: 2, fillColor: "#e03131", fillOpacity: 1 });
      here.addTo(drawn).bindTooltip(make("span", order.number));
      box.extend(L.latLng(order.point).toBounds(3000));
    }
    if (!box.isValid()) box.extend(districts.getBounds());
    map.invalidateSize();
    if (box.isValid()) map.fitBounds(box.pad(0.1), { animate: false, maxZoom: 15 });
    tellBeside(order);
    document.getElementById("map").dataset.shown = order.number; // browser tests wait for it
  }

  function tellBeside(order) {
    const lines = [make("div", order.number, "no")];
    if (!order.point) lines.push(make("div", "没有可用坐标 / no usable point", "text-secondary"));
    const inside = order.stations.filter((one) => one.inside), nearest = order.stations.find((one) => !one.inside);
    for (const one of inside) lines.push(make("div", `在 ${one.name} 范围内${one.closed ? "(停业中)" : ""}`));
    if (order.point && nearest) lines.push(make("div", `范围外最近:${nearest.name},${far(nearest.metres)}`));
    if (order.districts.length) lines.push(make("div", `虚线:${order.districts.map((one) => one.name).join("、")}`, "text-secondary"));
    for (const one of order.decided) {
      const passed = one.others.length ? `,${one.others.join("、")} 曾转出` : "";
      lines.push(make("div", `边界登记:${one.fragment || "附近"} 归 ${one.station}${passed}(${one.at})${one.note ? ":" + one.note : ""}`, "text-orange"));
    }
    beside.replaceChildren(...lines);
  }

  let asked = null, wait = 0;
  function fetchMap(row) {
    clearTimeout(wait);
    asked?.abort();
    wait = setTimeout(async () => {
      asked = new AbortController();
      try {
        const answer = await fetch(row.dataset.map, { signal: asked.signal, headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(answer.status);
        const order = await answer.json();
        told = row;
        show(order);
      } catch (error) {
        if (error.name === "AbortError") return;
        told = row;
        beside.replaceChildren(make("div", "地图暂不可用 / no map now", "text-red"));
      }
    }, 80); // a held key must not ask for each row it passes
  }

  // ---- the chosen row -------------------------------------------------------------------------------------------

  function choose(index, focus = true, byHand = true) {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    if (byHand) meant = rows[next];
    if (next === chosen) return;
    rows[chosen]?.classList.remove("table-active");
    rows[chosen]?.removeAttribute("aria-current");
    chosen = next;
    const row = rows[chosen];
    row.classList.add("table-active");
    row.setAttribute("aria-current", "true");
    if (focus) {
      row.focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
    fetchMap(row);
  }
  const box = (row) => row.querySelector("input[name^='to-']");
  const button = (row) => row.querySelector("button[name='one']");
  const chips = (row) => [...row.querySelectorAll("button[data-fill]")];

  for (const [index, row] of rows.entries()) {
    row.addEventListener("focusin", () => choose(index, false));
    row.addEventListener("click", () => choose(index, false));
  }

  function dispatchTo(row, chip) {
    const typed = box(row).value;
    box(row).value = chip.dataset.value;
    form.requestSubmit(button(row));
    if (!sending) box(row).value = typed;
  }

  // No way back: a station that is far, closed or none of the candidates is asked for again.
  function doubt(row, station) {
    if (!station) return "";
    const chip = chips(row).find((one) => one.dataset.value === station);
    return chip ? chip.dataset.warn : `${station} 不是候选网点 / not a candidate`;
  }
  function doubts(submitter) {
    const one = submitter?.name === "one";
    const sent = rows.filter((row) => one ? row === submitter.closest("tr") : row.querySelector("input[type=checkbox]").checked);
    const all = one ? "" : toAll.value.trim();
    return sent.map((row) => [row, doubt(row, all || box(row).value.trim())]).filter(([, words]) => words);
  }
  function agreed(submitter) {
    const found = doubts(submitter), more = found.length > MOST_ASKED ? [`… ${found.length} 单 / orders`] : [];
    const lines = found.slice(0, MOST_ASKED).map(([row, words]) => `${row.querySelector(".no").textContent}: ${words}`);
    return !found.length || window.confirm([...lines, ...more, "仍要分件? / Dispatch all the same?"].join("\n"));
  }

  const doing = {
    j: () => choose(chosen + 1), ArrowDown: () => choose(chosen + 1),
    k: () => choose(chosen - 1), ArrowUp: () => choose(chosen - 1),
    x: () => rows[chosen].querySelector("input[type=checkbox]").click(),
    "/": () => {
      box(rows[chosen]).focus();
      box(rows[chosen]).select();
    },
    "?": () => keys.showModal(),
    Enter: () => form.requestSubmit(button(rows[chosen])),
  };

  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || document.querySelector("dialog[open]")) return;
    if (at.matches("select, textarea, input:not([type=checkbox])")) {
      if (event.key === "Escape") rows[chosen].focus();
      return;
    }
    // Enter on a link, button or tick is that one's own.
    if (event.key === "Enter" && at.matches("a, button, input, summary")) return;
    if (event.repeat && !["j", "k", "ArrowDown", "ArrowUp"].includes(event.key)) return;
    const chip = /^[1-9]$/.test(event.key) ? chips(rows[chosen])[Number(event.key) - 1] : null;
    const acts = chip || event.key === "Enter";
    if (acts && (tooSoon() || !known(rows[chosen]))) {
      event.preventDefault();
      return;
    }
    const act = chip ? () => dispatchTo(rows[chosen], chip) : Object.hasOwn(doing, event.key) ? doing[event.key] : null;
    if (!act) return;
    event.preventDefault();
    act();
  });
  const help = document.querySelector("[data-keys]");
  help.classList.add("d-md-inline-block"); // a telephone has no such keys
  help.addEventListener("click", () => keys.showModal());

  // ---- sending ------------------------------------------------------------------------------------------------------

  let sending = false;
  form.addEventListener("submit", (event) => {
    if (event.submitter?.matches("[data-on-enter]")) return;
    // A second press before the page is gone must not send twice; nor a double click the row that slid there.
    if (sending || tooSoon() || !agreed(event.submitter)) {
      event.preventDefault();
      return;
    }
    sending = true;
    // Where to go on: this order if it stays, else the next one that is still there, else the last one before it.
    const on = [...rows.slice(chosen), ...rows.slice(0, chosen).reverse()];
    sessionStorage.setItem("data-centre-rows", on.map((row) => row.dataset.order).join(" "));
  });
  window.addEventListener("pageshow", () => { sending = false; });

  // HQ's own minutes go on; the same words as span() in data_centre.html, by the server's clock (app.js).
  function showLay(element) {
    const minutes = Math.floor((serverNow() / 1000 - Number(element.dataset.since)) / 60);
    element.textContent = minutes >= 2880 ? `${Math.floor(minutes / 1440)} 天`
      : minutes >= 60 ? `${Math.floor(minutes / 60)} 时 ${String(minutes % 60).padStart(2, "0")} 分` : `${minutes} 分`;
  }
  setInterval(() => document.querySelectorAll(".lay").forEach(showLay), 30000);

  const there = before.map((order) => rows.findIndex((row) => row.dataset.order === order)).find((index) => index >= 0);
  choose(there ?? 0, false, false);
})();
