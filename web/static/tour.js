// Marks what a step of the tour tells about, and works by keys: arrows, and Escape to end it.
"use strict";

(() => {
  const tour = document.getElementById("tour");
  if (!tour) return;
  const spot = tour.dataset.spot && document.querySelector(tour.dataset.spot);
  if (spot) {
    spot.classList.add("tour-spot");
    spot.scrollIntoView({ block: "nearest" });
  }
  if (tour.dataset.spot) tour.focus({ preventScroll: true });
  tour.addEventListener("keydown", (event) => {
    const way = { ArrowRight: "tour-after", ArrowLeft: "tour-before", Escape: "tour-end" }[event.key];
    if (way) document.getElementById(way)?.click();
  });
})();
