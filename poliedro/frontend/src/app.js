// Behaviour of every page: htmx, the phone menu, and small helpers that work without inline script.
import htmx from "htmx.org/dist/htmx.esm.js";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.attributesToSettle = ["class", "width", "height"]; // a copied style attribute is inline style, which the CSP refuses
window.htmx = htmx;

// Buttons that open and close what they control: the menu on the phone, the groups of the menu. Where the groups lie over
// the page (data-alone, not on a phone), one is open at a time; a click elsewhere, Escape and leaving by keyboard close it.
const wide = window.matchMedia("(min-width: 861px)");
function toggle(button, open) {
  button.setAttribute("aria-expanded", String(open));
  document.getElementById(button.dataset.toggles).classList.toggle("is-open", open);
}
function closeAlone(except) {
  if (!wide.matches) return;
  for (const button of document.querySelectorAll("[data-alone][aria-expanded='true']")) {
    if (button !== except) toggle(button, false);
  }
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toggles]");
  if (!event.target.closest(".dropdown-menu")) closeAlone(button);
  if (button) toggle(button, button.getAttribute("aria-expanded") !== "true");
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const button of document.querySelectorAll("[data-alone][aria-expanded='true']")) {
    if (button.parentElement.contains(document.activeElement)) button.focus();
    toggle(button, false);
  }
});
document.addEventListener("focusin", (event) => {
  const button = document.querySelector("[data-alone][aria-expanded='true']");
  if (wide.matches && button && !button.parentElement.contains(event.target)) toggle(button, false);
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
// An opened popover is laid over everything, inside the window, so that no table or screen edge cuts it off.
function place(details) {
  const body = details.querySelector(".mark-body");
  const mark = details.querySelector("summary").getBoundingClientRect();
  body.classList.add("is-placed");
  const { width, height } = body.getBoundingClientRect();
  const below = mark.bottom + 4 + height <= window.innerHeight || mark.top < height;
  body.style.left = `${Math.max(8, Math.min(mark.left, window.innerWidth - width - 8))}px`;
  body.style.top = `${below ? mark.bottom + 4 : mark.top - height - 4}px`;
}
const placeOpen = () => document.querySelectorAll("details[open][data-popover]").forEach(place);
document.addEventListener("toggle", placeOpen, true);
window.addEventListener("scroll", placeOpen, { passive: true, capture: true });
window.addEventListener("resize", placeOpen, { passive: true });

function closeAll(except) {
  for (const open of document.querySelectorAll("details[open][data-popover]")) {
    if (!except || !open.contains(except)) open.removeAttribute("open");
  }
}
document.addEventListener("click", (event) => closeAll(event.target));

// A form that is sent as soon as something in it changes (facets); the button stays for those without script.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form) form.requestSubmit();
});

// A part of a form that the server draws anew: whatever was typed or chosen while the answer was on its way is kept, and
// the server is asked again with it.
const asSent = new WeakMap();
const fieldsIn = (part) =>
  JSON.stringify([...part.querySelectorAll("input,select,textarea")].map((f) => [f.name, f.value, f.checked === true]));
const isForm = (part) => part instanceof Element && part.closest("form") && part.hasAttribute("hx-include");
document.addEventListener("htmx:beforeRequest", (event) => {
  if (isForm(event.detail.target)) asSent.set(event.detail.target, fieldsIn(event.detail.target));
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target;
  if (!isForm(part) || !asSent.has(part) || asSent.get(part) === fieldsIn(part)) return;
  event.detail.shouldSwap = false;
  setTimeout(() => htmx.trigger(part, "change"), 300); // after the pause, with what is there by then
});

// On a phone the facets fold away, so that the list comes first.
if (window.matchMedia("(max-width: 860px)").matches) {
  for (const facets of document.querySelectorAll("details.facets")) facets.open = false;
}

// Charts are loaded on pages that have one.
if (document.querySelector("[data-chart]")) {
  const source = document.querySelector("meta[name='charts-script']");
  if (source) import(source.content);
}
