// Beside the map: the search, the stations in view, and the parts of the chosen one. All of it buttons and fields.
"use strict";

const AreaList = (() => {
  const { boxOf, joined, squareKm } = AreaGeometry;
  const find = (id) => document.getElementById(id);
  let actions = {}, asked = 0;

  function item(text, small, act, chosen = false, colour = "") {
    const row = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.className = `list-group-item list-group-item-action area-item${chosen ? " active" : ""}`;
    if (chosen) button.setAttribute("aria-current", "true");
    if (colour) {
      const dot = document.createElement("span");
      dot.className = "area-dot";
      dot.style.background = colour;
      button.append(dot);
    }
    const name = document.createElement("span"), more = document.createElement("small");
    [name.textContent, more.textContent] = [text, small];
    button.append(name, more);
    button.addEventListener("click", act);
    row.append(button);
    return row;
  }

  function stations() {
    const chosen = AreaState.selected().code, had = document.activeElement?.closest("#area-list li");
    const place = had ? [...had.parentNode.children].indexOf(had) : -1;
    const list = [...AreaState.stations.values()].sort((a, b) => b.mine - a.mine || a.code.localeCompare(b.code));
    find("area-list").replaceChildren(...list.map((one) => {
      const count = AreaState.partsOf(one.code).length, changed = AreaState.touched().includes(one.code);
      const small = `${one.code} · ${count} 块${changed ? " · 已改 changed" : ""}${one.mine ? "" : " · 相邻 beside"}`;
      return item(one.name, small, () => go(one.code), one.code === chosen, one.mine ? AreaView.colourOf(one.code) : "#8a94a3");
    }));
    find("area-none").hidden = list.length > 0;
    if (place >= 0) find("area-list").children[Math.min(place, list.length - 1)]?.firstChild.focus({ preventScroll: true });
  }
  function go(code) {
    const parts = AreaState.partsOf(code);
    if (parts.length) AreaView.fit(joined(parts.map(boxOf)));
    AreaState.select(code);
  }

  function parts() {
    const { code, part } = AreaState.selected(), box = find("area-parts");
    if (!box) return;
    const own = AreaState.partsOf(code);
    find("chosen").hidden = !code;
    find("chosen-name").textContent = `${AreaState.nameOf(code)} ${code}`;
    box.replaceChildren(...own.map((one, k) => {
      const row = document.createElement("li"), label = document.createElement("label"), tick = document.createElement("input");
      [tick.type, tick.className, tick.value] = ["checkbox", "form-check-input", k];
      tick.setAttribute("aria-label", `合并第 ${k + 1} 块 Merge part ${k + 1}`);
      [label.className, label.title] = ["area-part", "勾选以合并 Tick to merge"];
      const choose = document.createElement("button");
      choose.type = "button";
      choose.className = `btn btn-sm ${k === part ? "btn-primary" : ""}`;
      choose.textContent = `第 ${k + 1} 块 · ${squareKm(one).toFixed(2)} km² · ${one.reduce((n, ring) => n + ring.length, 0)} 点`;
      choose.setAttribute("aria-pressed", String(k === part));
      choose.addEventListener("click", () => {
        AreaState.select(code, k);
        AreaView.fit(boxOf(one));
        find("area-parts").querySelectorAll("button")[k]?.focus();
      });
      label.append(tick);
      row.append(label, choose);
      return row;
    }));
    find("no-parts").hidden = own.length > 0;
  }
  const ticked = () => [...document.querySelectorAll("#area-parts input:checked")].map((box) => Number(box.value));

  async function search() {
    const words = find("area-search").value.trim(), turn = (asked += 1);
    const box = find("area-found");
    if (!words) return box.replaceChildren();
    try {
      const found = await AreaAsk.find(words);
      if (turn !== asked) return undefined; // a later letter was asked for
      const rows = [
        ...found.stations.map((one) => item(one.name, `${one.code}${one.box ? "" : " · 没有范围 no area"}`, () => choose(one))),
        ...found.districts.map((one) => item(one.name, `${one.code} 区县 district`, () => visit(one))),
      ];
      box.replaceChildren(...(rows.length ? rows : [empty()]));
    } catch (error) {
      tell(error.message, "danger");
    }
    return undefined;
  }
  function empty() {
    const row = document.createElement("li");
    [row.textContent, row.className] = ["没有找到 / Nothing found", "text-secondary small p-2"];
    return row;
  }
  function clear() {
    find("area-search").value = "";
    find("area-found").replaceChildren();
  }
  function visit(district) {
    clear();
    AreaView.fit(district.box, false);
    AreaView.map().getContainer().focus({ preventScroll: true });
  }
  function choose(one) {
    clear();
    actions.chosen(one);
  }

  function begin(given) {
    actions = given;
    let timer = 0;
    find("area-search").addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(search, 200);
    });
    find("area-search-form").addEventListener("submit", (event) => {
      event.preventDefault();
      find("area-found").querySelector("button")?.click();
    });
    AreaState.listen(() => { stations(); parts(); });
  }

  return { begin, go, ticked };
})();
