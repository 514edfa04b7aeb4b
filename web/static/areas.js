// The map of service areas: puts its parts together and loads what is in view.
"use strict";

const AreaStart = (() => {
  const page = document.getElementById("areas"), edits = page.dataset.edits === "1";
  const find = (id) => document.getElementById(id);
  let map, timer = 0, complete = false;

  function more({ shown, total }) {
    const note = find("area-more");
    note.hidden = shown >= total;
    note.textContent = `视图内共 ${total} 个区域,只显示离中心最近的 ${shown} 个,请放大或查找网点、区县 / ${shown} of ${total} shown: zoom in or search`;
  }
  const boxText = () => {
    const view = map.getBounds().pad(0.1);
    return [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()].map((side) => side.toFixed(6)).join(",");
  };
  async function load(given, keep = true) {
    try {
      const answer = await AreaAsk.view(given);
      if (keep) AreaState.forget(new Set(answer.stations.map((one) => one.code)));
      AreaState.load(answer.stations, answer.version);
      AreaView.showDistricts(answer.districts);
      more(answer);
      complete = !given.box && answer.shown >= answer.total && !answer.districts.length;
      return answer;
    } catch (error) {
      if (error.name !== "AbortError") tell(error.message, "danger");
      return null;
    }
  }
  function look() {
    clearTimeout(timer);
    if (!complete) timer = setTimeout(() => load({ box: boxText() }), 250);
  }

  // One station with all its areas, wherever it is; one without any begins empty.
  async function fetchStation(code) {
    if (AreaState.stations.has(code)) return true;
    const found = (await AreaAsk.find(code)).stations.find((one) => one.code === code);
    if (!found) return false;
    const answer = await load({ station: code }, false);
    if (!answer) return false;
    if (!AreaState.stations.has(code)) AreaState.load([{ ...found, mine: true, parts: [], change: 0, since: "" }], answer.version);
    return true;
  }
  async function chosen(one) {
    if (one.box) AreaView.fit(one.box, false);
    if (await fetchStation(one.code)) AreaList.go(one.code);
  }

  function picked(event, code, part) {
    const mode = edits ? AreaTools.mode() : "";
    if (mode === "draw" || mode === "split") return; // the click is a corner
    L.DomEvent.stopPropagation(event);
    AreaState.select(code, part);
  }

  async function upload(event) {
    const [file] = event.target.files;
    if (!file) return;
    try {
      const answer = await AreaAsk.upload(file);
      AreaState.load(answer.present, answer.version);
      AreaState.change(answer.proposed.map((one) => [one.code, one.parts.map(AreaGeometry.opened)]));
      AreaView.fit(answer.box, false);
      AreaState.select(answer.proposed[0].code);
      await AreaProposal.check();
    } catch (error) {
      tell(error.message, "danger");
      find("notes").scrollIntoView({ block: "nearest" });
      showPlace(error);
    } finally {
      event.target.value = "";
    }
  }
  function showPlace(error) {
    const [lng, lat] = (error.errors.find((one) => one.field === "place")?.code ?? "").split(",").map(Number);
    if (!lat) return;
    AreaView.mark([{ point: [lng, lat], text: error.message, tone: "danger" }]);
    map.setView([lat, lng], 14);
  }

  async function stored(answer) {
    if (answer) {
      tell(answer.told, "success");
      find("notes").scrollIntoView({ block: "nearest" });
    }
    const { code } = AreaState.selected();
    AreaState.select(""); // the chosen station too is loaded anew, or the next change would be one of an old version
    await load({ box: boxText() });
    if (AreaState.stations.has(code)) AreaState.select(code);
  }

  async function begin() {
    map = AreaView.begin(find("map"), page.dataset.tiles, picked);
    AreaList.begin({ chosen });
    if (edits) {
      AreaTools.begin(map);
      AreaProposal.begin(stored);
      find("upload").addEventListener("change", upload);
      window.addEventListener("beforeunload", (event) => { if (AreaState.touched().length) event.preventDefault(); });
    }
    map.on("mousemove", ({ latlng }) => { find("where").textContent = `${latlng.lng.toFixed(5)}, ${latlng.lat.toFixed(5)}`; });
    const finding = page.dataset.finding ? JSON.parse(page.dataset.finding) : null;
    const answer = await load({});
    if (finding?.box) AreaView.fit(finding.box, false);
    else if (answer?.box) AreaView.fit(answer.box, false);
    if (finding) AreaView.mark([{ parts: finding.parts.map(AreaGeometry.opened), point: finding.point, text: finding.text, tone: "danger" }]);
    if (page.dataset.station) await chosen({ code: page.dataset.station });
    map.on("moveend", look);
    look();
    page.dataset.ready = "1"; // browser tests wait for it
  }

  return { begin, fetchStation };
})();
AreaStart.begin();
