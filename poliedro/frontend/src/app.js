// Behaviour of every page: htmx, the phone menu, and small helpers that work without inline script.
import htmx from "htmx.org/dist/htmx.esm.js";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
window.htmx = htmx;

// Buttons that open and close what they control (menus on the phone).
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toggles]");
  if (!button) return;
  const target = document.getElementById(button.dataset.toggles);
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  target.classList.toggle("is-open", !open);
});

// Escape closes an open <details> used as a popover and gives the focus back.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest("details[open][data-popover]");
  if (open) {
    open.removeAttribute("open");
    open.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details[open][data-popover]")) {
    if (!open.contains(event.target)) open.removeAttribute("open");
  }
});

// A form that is sent as soon as something in it changes (facets); the button stays for those without script.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form) form.requestSubmit();
});

// Charts are loaded on pages that have one.
if (document.querySelector("[data-chart]")) {
  const source = document.querySelector("meta[name='charts-script']");
  if (source) import(source.content);
}
