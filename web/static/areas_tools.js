// The tools of the editor: one at a time, by its button; Enter ends it, Esc gives it up.
"use strict";

const AreaTools = (() => {
  const { rounded, nearestVertex, alike } = AreaGeometry;
  const find = (id) => document.getElementById(id);
  const REACH = 12; // pixels within which a point jumps to a corner that is there
  const HINTS = {
    "": "点选区域或左侧网点,再选工具。Pick a station, then a tool.",
    draw: "点击放点,双击或 Enter 闭合,Esc 放弃,Backspace 退一点。Click corners; Enter closes.",
    split: "画一条穿过选中块的线,双击或 Enter 完成。Draw a line across the part; Enter splits.",
    edit: "拖动顶点;拖动中点加点;Delete 删点;Tab 选点,方向键移动。Drag corners and middles.",
  };
  let map, mode = "", pieces = [], work = null; // work: the station and part that a line was begun for

  function hint(text = HINTS[mode]) {
    find("hint").textContent = work ? `${AreaState.nameOf(work.code)} ${work.code}:${text}` : text;
  }
  function snap(point, skip = null) {
    if (!find("snap").checked) return rounded(point);
    const a = map.containerPointToLatLng([0, 0]), b = map.containerPointToLatLng([0, REACH]);
    return nearestVertex(AreaState.everyPart(), point, Math.abs(a.lat - b.lat), skip) ?? rounded(point);
  }

  function start(what) {
    const again = mode === what;
    stop();
    if (again) return;
    if (!AreaState.selected().code) {
      tell("请先选网点 / Pick a station first", "warning");
      return;
    }
    if (what !== "draw" && !AreaState.part()) {
      tell("该网点还没有范围,请先画 / No area yet: draw one first", "warning");
      return;
    }
    mode = what;
    const { code, part } = AreaState.selected();
    if (what !== "edit") {
      closeSplit();
      work = { code, number: part, whole: AreaState.part() };
      AreaState.hold(code);
    }
    map.doubleClickZoom.disable();
    map.keyboard.disable();
    if (what === "edit") AreaVertices.start(map, { together: () => find("together").checked, snap, tooMany: (many) => hint(many ? "顶点太多,请放大后再改 / Too many corners: zoom in" : HINTS.edit) });
    else AreaLine.start(map, { area: what === "draw", told: () => {}, done: what === "draw" ? drawn : cut });
    shown();
    map.getContainer().focus({ preventScroll: true });
    if (matchMedia("(max-width: 62rem)").matches) find("tools").scrollIntoView({ block: "start" });
  }
  function stop() {
    AreaLine.stop();
    AreaVertices.stop();
    [mode, work] = ["", null];
    if (find("split-panel").hidden) AreaState.hold();
    map.doubleClickZoom.enable();
    map.keyboard.enable();
    shown();
  }
  function shown() {
    for (const what of ["draw", "edit", "split"]) find(`tool-${what}`).setAttribute("aria-pressed", String(mode === what));
    find("typed").hidden = !mode;
    find("areas").dataset.mode = mode;
    hint();
  }

  function drawn(points) {
    const { code } = work, parts = [...AreaState.partsOf(code), [points]];
    stop();
    AreaState.change([[code, parts]]);
    AreaState.select(code, parts.length - 1);
  }
  async function cut(line) {
    const mine = work, { code, number, whole } = work;
    try {
      const answer = await AreaAsk.split(whole, line);
      if (work !== mine) return; // given up meanwhile
      offer(code, number, whole, answer.parts.map((one) => AreaGeometry.opened(one)));
      stop();
    } catch (error) {
      tell(error.message, "danger");
    }
  }

  // The parts of a split go to chosen stations; until that is said nothing is changed.
  function offer(code, number, whole, parts) {
    pieces = parts;
    const rows = parts.map((part, k) => {
      const row = document.createElement("li"), label = document.createElement("label"), input = document.createElement("input");
      label.textContent = `第 ${k + 1} 块 ${AreaGeometry.squareKm(part).toFixed(2)} km² → `;
      Object.assign(input, { className: "form-control form-control-sm", value: code, maxLength: 32 });
      input.setAttribute("list", "area-stations");
      label.append(input);
      row.append(label);
      row.addEventListener("focusin", () => AreaView.mark([{ parts: [part], text: label.textContent, tone: "warning" }]));
      return row;
    });
    find("split-parts").replaceChildren(...rows);
    Object.assign(find("split-form").dataset, { code, number });
    find("split-form").whole = whole;
    suggest();
    find("split-panel").hidden = false;
    rows.at(-1).querySelector("input").select();
  }
  function suggest() {
    find("area-stations").replaceChildren(...[...AreaState.stations.values()].map((one) => Object.assign(document.createElement("option"), { value: one.code, label: one.name })));
  }
  async function apply(event) {
    event.preventDefault();
    const form = find("split-form"), { code, number } = form.dataset, wanted = [...form.querySelectorAll("input")].map((one) => one.value.trim());
    if (!(await known(wanted))) return;
    const result = new Map();
    const partsOf = (one) => result.get(one) ?? AreaState.partsOf(one);
    if (!alike(AreaState.partsOf(code)[number] ?? null, form.whole)) {
      tell("该块已变化,请重新分割 / The part has changed: split again", "warning");
      closeSplit();
      return;
    }
    result.set(code, partsOf(code).toSpliced(Number(number), 1));
    wanted.forEach((to, k) => result.set(to, [...partsOf(to), pieces[k]]));
    closeSplit();
    AreaState.change([...result]);
  }
  function closeSplit() {
    if (find("split-panel").hidden) return;
    find("split-panel").hidden = true;
    AreaState.hold();
    AreaView.mark([]);
  }
  const missing = (codes) => codes.find((one) => !AreaState.stations.has(one));
  // A station that is not in view is looked for, so that all its areas are here before any is added.
  async function known(codes) {
    for (let code = missing(codes); code !== undefined; code = missing(codes)) {
      if (!code || !(await AreaStart.fetchStation(code))) {
        tell(`网点不存在 / No such station: ${code}`, "warning");
        return false;
      }
    }
    return true;
  }

  function remove() {
    const { code, part } = AreaState.selected();
    if (!AreaState.part()) return;
    if (mode) stop();
    AreaState.change([[code, AreaState.partsOf(code).toSpliced(part, 1)]]);
  }
  async function give() {
    const to = find("give-to").value.trim(), { code, part } = AreaState.selected(), shape = AreaState.part();
    if (!shape || to === code || !(await known([to]))) return;
    AreaState.change([[code, AreaState.partsOf(code).toSpliced(part, 1)], [to, [...AreaState.partsOf(to), shape]]]);
    find("give-to").value = "";
  }
  async function merge() {
    const { code } = AreaState.selected(), own = AreaState.partsOf(code), which = AreaList.ticked();
    if (which.length < 2) {
      tell("请勾选两块以上 / Tick two parts or more", "warning");
      return;
    }
    try {
      const answer = await AreaAsk.merge(which.map((k) => own[k]));
      if (!alike(AreaState.partsOf(code), own)) return;
      AreaState.change([[code, [...own.filter((_, k) => !which.includes(k)), ...answer.parts.map(AreaGeometry.opened)]]]);
      if (answer.parts.length > 1) tell("勾选的块不全相邻,只合并了相邻的 / Not all of them touch", "warning");
    } catch (error) {
      tell(error.message, "danger");
    }
  }
  function back(turn) {
    const edits = mode === "edit";
    if (mode && !edits) stop();
    if (turn() && edits && !AreaState.part()) stop();
  }

  function typed(event) {
    event.preventDefault();
    const [lng, lat] = find("point").value.trim().split(/[\s,,]+/).map(Number);
    if (!(lng >= 73 && lng <= 136 && lat >= 3 && lat <= 54)) {
      tell("坐标应为 经度,纬度(如 120.15, 30.28)/ lng, lat in China", "warning");
      return;
    }
    if (mode !== "edit") AreaLine.add([lng, lat]);
    else if (!AreaVertices.typed([lng, lat])) tell("请先选一个顶点 / Pick a corner first", "warning");
    find("point").value = "";
    if (!map.getBounds().contains([lat, lng])) map.panTo([lat, lng]);
  }

  // Nothing is checked or stored with a line half drawn, or parts of which nobody said whose they are.
  function unfinished() {
    const line = Boolean(work) && AreaLine.begun(), split = !find("split-panel").hidden;
    if (line) tell("请先完成或放弃正在画的线 / Finish or give up the line first", "warning");
    else if (split) tell("请先应用或取消分割 / Apply or cancel the split first", "warning");
    if (line || split) find("notes").scrollIntoView({ block: "nearest" });
    return line || split;
  }

  // Where the keyboard must be for a key to act: what removes a part never does so from elsewhere on the page.
  const PLACES = { Delete: "#map, #area-list, #area-parts" };
  const KEYS = {
    Enter: () => mode && (mode === "edit" ? stop() : AreaLine.finish()),
    Escape: stop,
    Backspace: () => mode && mode !== "edit" && AreaLine.back(),
    Delete: () => (mode === "edit" ? AreaVertices.remove() : !mode && remove()),
  };
  const acts = ({ key: pressed, target }) => (PLACES[pressed] ? target.closest(PLACES[pressed]) : target === document.body || target.closest("#map"));
  function key(event) {
    const letter = event.key.toLowerCase(), control = event.ctrlKey || event.metaKey;
    const field = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, dialog");
    if (event.key === "Escape" && mode) stop();
    if (field) return;
    if (control && (letter === "z" || letter === "y")) back(letter === "y" || event.shiftKey ? AreaState.redo : AreaState.undo);
    else if (!control && KEYS[event.key] && acts(event)) KEYS[event.key]();
    else return;
    event.preventDefault();
  }

  function begin(on) {
    map = on;
    const at = (event) => [event.latlng.lng, event.latlng.lat];
    const drawing = () => mode === "draw" || mode === "split";
    map.on("click", (event) => drawing() && AreaLine.add(snap(at(event))));
    map.on("dblclick", () => drawing() && AreaLine.finish());
    map.on("mousemove", (event) => drawing() && AreaLine.hover(snap(at(event))));
    for (const what of ["draw", "edit", "split"]) find(`tool-${what}`).addEventListener("click", () => start(what));
    const clicks = { merge, remove, give, undo: () => back(AreaState.undo), redo: () => back(AreaState.redo), "give-up": stop, finish: KEYS.Enter, "split-cancel": closeSplit };
    for (const [id, act] of Object.entries(clicks)) find(id).addEventListener("click", act);
    find("give-to").addEventListener("focus", suggest);
    find("typed").addEventListener("submit", typed);
    find("split-form").addEventListener("submit", apply);
    document.addEventListener("keydown", key);
    AreaState.listen(() => {
      [find("undo").disabled, find("redo").disabled] = [!AreaState.canUndo(), !AreaState.canRedo()];
      if (mode === "edit") AreaVertices.draw();
    });
    shown();
  }

  return { begin, mode: () => mode, unfinished };
})();
