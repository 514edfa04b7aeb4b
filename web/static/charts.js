// Draws the table behind each [data-chart]; without this file the table is there all the same.
"use strict";

const PALETTE = ["#1f6feb", "#b35900", "#8250df", "#2f9e44", "#c92a2a", "#0b7285"];
// No colour alone: lines differ in their marks, bars in their pattern, and each name stands beside its sample.
const MARKS = ["circle", "rect", "triangle", "diamond", "roundRect", "arrow"];
const SAMPLES = {
  circle: "M8 3a5 5 0 1 0 .01 0z", rect: "M3 3h10v10H3z", triangle: "M8 2l6 11H2z", diamond: "M8 1l7 7-7 7-7-7z",
  roundRect: "M5 3h6a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z", arrow: "M8 2l6 12-6-4-6 4z",
};

function rowsOf(table) {
  const names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
  return { names, days: rows.map((row) => row[0]), values: names.map((_, k) => rows.map((row) => Number(row[k + 1]))) };
}

// The small build of the library has neither legend nor tooltip; names stand here, numbers in the table.
function legend(names) {
  const list = document.createElement("ul");
  list.className = "chart-legend list-unstyled";
  names.forEach((name, k) => {
    const item = document.createElement("li");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", SAMPLES[MARKS[k % MARKS.length]]);
    path.setAttribute("fill", PALETTE[k % PALETTE.length]);
    svg.append(path);
    item.append(svg, ` ${name}`);
    list.append(item);
  });
  return list;
}

function draw(box) {
  const { names, days, values } = rowsOf(document.getElementById(box.dataset.table));
  const type = box.dataset.chart;
  box.hidden = false;
  box.before(legend(names));
  const chart = echarts.init(box, null, { renderer: "canvas" });
  chart.setOption({
    animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    aria: { enabled: true, decal: { show: type === "bar" } },
    color: PALETTE,
    grid: { left: 8, right: 16, top: 24, bottom: 8, containLabel: true },
    xAxis: { type: "category", data: days },
    yAxis: { type: "value", minInterval: 1, scale: "share" in box.dataset },
    series: names.map((name, k) => ({
      name, type, data: values[k], stack: type === "bar" ? "all" : undefined, barMaxWidth: 36,
      symbol: MARKS[k % MARKS.length], symbolSize: 8, showAllSymbol: true,
      label: { show: type === "line", position: "top", fontSize: 10 },
    })),
  });
  new ResizeObserver(() => chart.resize()).observe(box);
}

document.querySelectorAll("[data-chart]").forEach(draw);
