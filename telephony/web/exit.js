/* Leaving, alone: it works where the rest of the page's script cannot, and no fault in the
   rest keeps her here. Blank first, then the server is told without waiting, then away. */
var leaving = (function () {
  "use strict";
  var root = document.documentElement, exit = document.getElementById("leave");
  var secret = document.getElementById("f").elements.secret, to = exit.getAttribute("data-to");
  // `done`: the page is blank. `stays`: the page itself goes on to its next view. `then`: ends what still runs.
  var state = { done: false, stays: false, then: null };

  // The browser forgets that this page was posted, and with what: a reload asks for an empty page.
  history.replaceState(null, "", location.href);

  function blank() {
    root.textContent = "";
    if (state.done) return false;
    state.done = true;
    if (state.then) state.then();
    return true;
  }
  function forget() {
    try {
      var kind = "application/x-www-form-urlencoded";
      navigator.sendBeacon("/leave", new Blob(["secret=" + secret.value], { type: kind }));
    } catch (error) { /* leaving matters more */ }
  }
  function leave() {
    if (blank()) forget();
    location.replace(to);
  }
  exit.addEventListener("submit", function (event) { event.preventDefault(); leave(); });
  // Said only where it is true; a reader of the screen hears it with the button.
  var button = exit.querySelector("button"), told = [];
  function offer(id) {
    document.getElementById(id).hidden = false;
    told.push(id);
    button.setAttribute("aria-describedby", told.join(" "));
  }

  // --- without aiming: Escape three times, a finger that stays on the button, a shake -----------
  var escapes = 0, escapedAt = 0;
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" && event.key !== "Esc") { escapes = 0; return; }
    if (event.repeat) return;
    escapes = event.timeStamp - escapedAt < 2000 ? escapes + 1 : 1;
    escapedAt = event.timeStamp;
    if (escapes === 3) leave();
  });
  offer("hint");
  var held = 0;
  function release() { clearTimeout(held); }
  exit.addEventListener("touchstart", function () { release(); held = setTimeout(leave, 1000); }, { passive: true });
  ["touchend", "touchcancel"].forEach(function (name) { exit.addEventListener(name, release); });

  // Four jolts to and fro of more than 20 m/s² (twice the earth's pull) within 1.5 s: by judgement
  // more than walking, running for a bus or a rickshaw gives, since a chat left by accident is lost.
  var jolts = [], side = 0;
  function moved(event) {
    var a = event.acceleration;
    if (!a || a.x === null) return;
    var axis = [a.x, a.y, a.z].reduce(function (most, one) { return Math.abs(one) > Math.abs(most) ? one : most; }, 0);
    if (Math.abs(axis) < 20 || side === (axis > 0 ? 1 : -1)) return;
    side = axis > 0 ? 1 : -1;
    var now = Date.now();
    jolts = jolts.filter(function (at) { return now - at < 1500; });
    jolts.push(now);
    if (jolts.length >= 4) leave();
  }
  function feel() {
    window.addEventListener("devicemotion", moved);
    offer("gestures");
  }
  // An iPhone would ask in a window of its own whether we may feel its movements. It is not asked,
  // and the shake is not offered there; where the browser says that nobody need be asked, it is.
  var motion = window.DeviceMotionEvent;
  if ("ontouchstart" in window && motion && window.isSecureContext !== false) {
    if (!motion.requestPermission) feel();
    else if (navigator.permissions) navigator.permissions.query({ name: "accelerometer" }).then(function (answer) {
      if (answer.state === "granted" && !state.done) feel();
    }, function () { /* this browser would ask her */ });
  }

  // --- what others could see later ------------------------------------------------------------------
  // A page that is closed or kept for the back button is left too: no later look finds the chat.
  window.addEventListener("pagehide", function () {
    var stays = state.stays;
    if (blank() && !stays) forget();
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) location.replace("/"); });
  // A form that goes to our own next view carries the chat along.
  window.addEventListener("submit", function (event) { if (!event.defaultPrevented) state.stays = true; });

  // Blank behind another window, and before the picture among the recent apps is taken.
  var blurred = false;
  function cover() { root.classList.toggle("away", blurred || document.hidden); }
  function back() { blurred = false; cover(); }
  window.addEventListener("blur", function () { blurred = true; cover(); });
  document.addEventListener("visibilitychange", function () { if (document.hidden) cover(); else back(); });
  // Browsers that do not tell of the focus still tell of a tap or a key.
  window.addEventListener("focus", back);
  document.addEventListener("click", back, true);
  document.addEventListener("keydown", back, true);
  return state;
})();
