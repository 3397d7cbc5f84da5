// Before anything is drawn: the remembered theme. A plain script in the head, so that no wrong colour flashes up.
(() => {
  let choice = "system";
  try {
    choice = JSON.parse(localStorage.getItem("dashboard.theme")) ?? "system";
  } catch {
    // storage is forbidden: the system's theme it is
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    document.documentElement.dataset.theme = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
    document.documentElement.dataset.themeChoice = choice;
  };
  dark.addEventListener("change", apply);
  document.addEventListener("theme-choice", event => {
    choice = event.detail;
    apply();
  });
  apply();
})();
