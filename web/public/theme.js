// Before the first paint, so that a dark page never flashes white; a file of its own, since the page allows no inline script.
(() => {
  const chosen = localStorage.getItem("cadastre.theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.classList.toggle("dark", dark);
  document.documentElement.dataset.density = localStorage.getItem("cadastre.density") ?? "comfortable";
})();
