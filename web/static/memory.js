// The map of a proposal: areas of the stations in question, green points for it, red ones against. No tiles.
"use strict";

(() => {
  const place = document.getElementById("memory-map");
  if (!place) return;
  const data = JSON.parse(place.dataset.map);
  const map = L.map(place, { attributionControl: false });
  map.createPane("points").style.zIndex = 450; // above every area, whichever is drawn last

  const all = [];
  for (const area of [...data.areas].sort((one, other) => Number(one.own) - Number(other.own))) {
    const style = area.own
      ? { color: "#206bc4", weight: 2, fillOpacity: 0.12 }
      : { color: "#7a8699", weight: 1.5, dashArray: "6 4", fillOpacity: 0.04 };
    for (const shape of area.shapes) {
      const layer = L.geoJSON(shape, { style, interactive: true }).bindTooltip(area.name, { sticky: true });
      all.push(layer.addTo(map));
    }
  }
  const points = (list, color) => list.map((point) => L.circleMarker(point, {
    pane: "points", radius: 6, color: "#fff", weight: 1, fillColor: color, fillOpacity: 0.9, interactive: false,
  }).addTo(map));
  const shown = [...points(data.against, "#d63939"), ...points(data.for, "#2fb344")];

  const fit = (layers) => {
    const bounds = L.featureGroup(layers).getBounds();
    if (bounds.isValid()) map.fitBounds(bounds.pad(0.1), { maxZoom: 17 });
    else map.setView([35, 105], 4);
  };
  fit([...all, ...shown]);
  const button = document.getElementById("memory-zoom");
  button.addEventListener("click", () => {
    const near = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(near));
    fit(near ? shown : [...all, ...shown]);
  });
  place.dataset.drawn = "1"; // browser tests wait for it
})();
