"use strict";
/* What plain pages and htmx cannot do: clocks, the alarm's sound and title, focus, the
   last message's number, a warning before the session ends. Nothing here decides anything:
   the server checks every request again. Nothing a person wrote is stored. */
/* global htmx */
(() => {
  const REPEAT_MS = 15000; // a critical case that nobody takes sounds again
  const TYPING_MS = 300000; // how often typing tells the server that somebody is there
  const AGAIN_MS = 2000; // a page that could not read what changed tries again
  const WARN_MS = 120000; // warning before the session ends for idleness
  const SOUND_KEY = "amaan-sound";
  const seen = new Set(); // alarms that sounded once
  const heard = new Set(); // alarms that the supervisor has heard
  let audio = null;
  let skew = 0;
  let lastUse = Date.now();
  let lastTyped = 0;

  const $ = (id) => document.getElementById(id);
  const show = (element, visible) => { if (element) element.hidden = !visible; };
  const say = (text) => { const place = $("said"); if (place) place.textContent = text; };

  /* Clocks */
  const two = (n) => String(n).padStart(2, "0");
  function tick() {
    for (const time of document.querySelectorAll("time[data-since]")) {
      const seconds = Math.max(0, Math.floor((Date.now() + skew - Date.parse(time.dataset.since)) / 1000));
      const hours = Math.floor(seconds / 3600);
      const minutes = Math.floor(seconds / 60) % 60;
      const text = hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
      if (time.textContent !== text) time.textContent = text;
    }
  }
  function localTimes(root) {
    for (const time of root.querySelectorAll("time[data-local]")) {
      const at = new Date(time.dateTime);
      time.textContent = `${two(at.getHours())}:${two(at.getMinutes())}`;
      time.removeAttribute("data-local");
    }
  }

  /* Sound: three tones, made here, so that no file and no permission is needed but one click. */
  const running = () => audio !== null && audio.state === "running";
  async function startSound() {
    audio = audio || new AudioContext();
    await audio.resume();
    sessionStorage.setItem(SOUND_KEY, "on");
    drawSound();
  }
  async function stopSound() {
    if (audio) await audio.suspend();
    sessionStorage.removeItem(SOUND_KEY);
    drawSound();
  }
  function ring() {
    if (!running()) return;
    const start = audio.currentTime + 0.02;
    [784, 988, 784].forEach((frequency, index) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = frequency;
      tone.connect(volume).connect(audio.destination);
      const at = start + index * 0.3;
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(0.35, at + 0.03);
      volume.gain.linearRampToValueAtTime(0, at + 0.26);
      tone.start(at);
      tone.stop(at + 0.28);
    });
    const button = $("sound");
    if (button) button.dataset.rung = String(Number(button.dataset.rung || 0) + 1);
  }
  function drawSound() {
    const button = $("sound");
    if (!button) return;
    const on = running();
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Turn off the alarm sound" : "Turn on the alarm sound";
    $("sound-state").textContent = on ? "The alarm sound is on." : "The alarm sound is off on this page.";
  }

  /* Alarms: the strip names every waiting case; what is new there sounds and shows in the title. */
  function rings() {
    const strip = $("strip");
    return strip && strip.dataset.rings ? strip.dataset.rings.split(" ") : [];
  }
  const pressing = () => rings().filter((word) => word.startsWith("critical:") && !heard.has(word));
  function alarm() {
    const strip = $("strip");
    if (!strip) return;
    const words = rings();
    // A case that was taken and given back counts as new: it must sound again.
    for (const known of [seen, heard]) {
      for (const word of known) if (!words.includes(word)) known.delete(word);
    }
    const fresh = words.filter((word) => !seen.has(word));
    fresh.forEach((word) => seen.add(word));
    const title = document.title.replace(/^(⚠ )?\(\d+ waiting\) /, "");
    const sign = words.some((word) => word.startsWith("critical:")) ? "⚠ " : "";
    document.title = words.length ? `${sign}(${words.length} waiting) ${title}` : title;
    show($("sound-heard"), pressing().length > 0);
    if (fresh.length) {
      const critical = fresh.some((word) => word.startsWith("critical:"));
      say(critical ? "Alarm: a critical case is waiting." : "A case is waiting.");
      ring();
    }
  }

  /* Session */
  function drawIdle() {
    const page = $("page");
    const limit = page ? Number(page.dataset.idleSeconds) * 1000 : 0;
    const due = limit > 0 && Date.now() - lastUse > limit - WARN_MS;
    const box = $("idle");
    if (!box || !box.hidden === due) return;
    show(box, due);
    show(box.querySelector("[data-when-idle]"), due);
    if (due) ring();
  }
  async function stillHere() {
    const answer = await fetch("/still-here", { method: "POST" }).catch(() => null);
    if (answer && answer.ok) { lastUse = Date.now(); drawIdle(); }
  }
  function offline(is) {
    const box = $("offline");
    if (!box) return;
    show(box, is);
    show(box.querySelector("[data-when-offline]"), is);
  }

  /* Conversation */
  const lastSeq = () => {
    const last = document.querySelector("#messages > li:last-child");
    return last ? last.dataset.seq : "0";
  };
  function count(area) {
    const place = $("text-count");
    if (!place) return;
    const text = area.value;
    let words = `${text.length} of ${area.maxLength} letters.`;
    if (area.dataset.door === "sms" && text) {
      // Segments as phones count them, near enough: plain Latin 160/153, else 70/67.
      const [one, many] = /^[\x20-\x7e\n]*$/.test(text) ? [160, 153] : [70, 67];
      const parts = text.length <= one ? 1 : Math.ceil(text.length / many);
      words += ` About ${parts} SMS ${parts === 1 ? "part" : "parts"}.`;
    }
    place.textContent = words;
  }
  function toLast() {
    const list = $("log");
    if (list) list.scrollTop = list.scrollHeight;
  }

  /* What a page reads by itself must arrive: the event that asked for it comes only once. */
  function again(element) {
    if (element.dataset.again) return;
    element.dataset.again = "soon";
    setTimeout(() => {
      delete element.dataset.again;
      if (element.isConnected) htmx.trigger(element, "again");
    }, AGAIN_MS);
  }

  function fresh() {
    const page = $("page");
    if (!page) return;
    skew = Date.parse(page.dataset.now) - Date.now();
    for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
    lastUse = Date.now();
    if (document.querySelector("[data-ended]")) ring();
    drawSound();
    toLast();
  }
  function refresh() {
    localTimes(document);
    tick();
    alarm();
    drawSound();
  }

  document.addEventListener("click", (event) => {
    const id = event.target.closest("button") && event.target.closest("button").id;
    if (id === "sound") { (running() ? stopSound() : startSound().then(ring)); }
    if (id === "sound-test") startSound().then(ring);
    if (id === "sound-heard") { rings().forEach((word) => heard.add(word)); alarm(); }
    if (id === "still-here") stillHere();
  });
  // Browsers allow sound only after somebody touched the page; her choice is kept for the tab.
  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, () => {
      if (!running() && sessionStorage.getItem(SOUND_KEY) === "on") startSound();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "text" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target.id !== "text") return;
    count(event.target);
    if (Date.now() - lastTyped > TYPING_MS) { lastTyped = Date.now(); stillHere(); }
  });

  /* htmx */
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, headers, parameters } = event.detail;
    if (elt.hasAttribute("data-live")) headers["x-amaan-live"] = "1";
    else lastUse = Date.now();
    if (elt.id === "more") parameters.after = lastSeq();
  });
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    // What did not change is left alone, or a screen reader would read it again.
    const { target, fragment } = event.detail;
    const same = fragment.firstElementChild && fragment.firstElementChild.innerHTML === target.innerHTML;
    if (same && /^(body|risk|delivery)-/.test(target.id)) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.status >= 400 && !xhr.getResponseHeader("HX-Retarget") && !requestConfig.boosted) {
      event.detail.shouldSwap = false; // not an answer of ours: a proxy's, perhaps
      offline(true);
    }
    if (requestConfig.elt.hasAttribute("data-live")) {
      if (xhr.status >= 500) again(requestConfig.elt);
      else offline(false);
    }
    if (xhr.status < 400 && !requestConfig.elt.hasAttribute("data-live")) {
      const notice = $("notice");
      if (notice) notice.replaceChildren();
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const { target, requestConfig } = event.detail;
    if (target === document.body) {
      fresh();
      const text = requestConfig.path.endsWith("/claim") ? $("text") : null;
      (text || document.querySelector("h1")).focus();
    }
    if (requestConfig.elt.id === "more") toLast();
    refresh();
  });
  document.addEventListener("htmx:oobAfterSwap", refresh);
  document.addEventListener("htmx:sendError", (event) => {
    offline(true);
    if (event.detail.elt.hasAttribute("data-live")) {
      again(event.detail.elt);
    } else {
      const notice = $("notice");
      const line = document.createElement("p");
      line.className = "alert";
      line.textContent = "This did not reach us. What you typed is still here; try again.";
      if (notice) notice.replaceChildren(line);
    }
  });
  // The extension opens the stream; being paged by name is heard here, whatever was heard before.
  const open = htmx.createEventSource;
  htmx.createEventSource = (url) => {
    const source = open(url);
    source.addEventListener("paged", () => {
      heard.clear();
      say("You are being paged: a case waits for you.");
      ring();
    });
    return source;
  };
  document.addEventListener("htmx:sseError", () => offline(true));
  document.addEventListener("htmx:sseOpen", () => offline(false));

  setInterval(() => { tick(); drawIdle(); }, 1000);
  setInterval(() => { if (pressing().length) ring(); }, REPEAT_MS);
  fresh();
  refresh();
})();
