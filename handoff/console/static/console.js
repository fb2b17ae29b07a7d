"use strict";
/* What plain pages and htmx cannot do: clocks, the alarm's sound and title, focus, the
   last message's number, ready answers, a warning before the session ends. Nothing here
   decides anything: the server checks every request again. Nothing a person wrote is stored.
   Its words stand in the page (`words`), in the supervisor's language. */
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
  const kept = new Map(); // half answers whose form went, by its address, while this page lives

  const $ = (id) => document.getElementById(id);
  const show = (element, visible) => { if (element) element.hidden = !visible; };
  const word = (name) => ($("words") ? $("words").dataset[name] || "" : "");
  const say = (text) => { const place = $("said"); if (place) place.textContent = text; };

  /* Clocks */
  const two = (n) => String(n).padStart(2, "0");
  function tick() {
    for (const time of document.querySelectorAll("time[data-since], time[data-until]")) {
      const { since, until } = time.dataset;
      const now = Date.now() + skew;
      const gone = since ? now - Date.parse(since) : Date.parse(until) - now;
      const seconds = Math.max(0, Math.floor(gone / 1000));
      const hours = Math.floor(seconds / 3600);
      const minutes = Math.floor(seconds / 60) % 60;
      const text = hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
      if (time.textContent !== text) time.textContent = text;
    }
  }
  function localTimes(root) {
    for (const time of root.querySelectorAll("time[data-local]")) {
      const at = new Date(time.dateTime);
      const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
      const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
      time.textContent = time.dataset.local === "day" ? `${day} ${clock}` : clock;
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
    button.textContent = word(on ? "soundOff" : "soundOn");
    $("sound-state").textContent = word(on ? "soundIsOn" : "soundIsOff");
    show($("notify"), "Notification" in window && Notification.permission === "default");
  }

  /* Notices outside the page, while nobody looks at it. Screens are seen by others: no word
     says who or what. */
  function notice() {
    if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
    try {
      const shown = new Notification("Amaan", { body: word("notice"), tag: "amaan", renotify: true });
      shown.onclick = () => { window.focus(); shown.close(); };
    } catch { /* Android allows them to service workers only. */ }
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
    const title = document.title.replace(/^(⚠ )?\([^()]*\d[^()]*\) /, "");
    const sign = words.some((word) => word.startsWith("critical:")) ? "⚠ " : "";
    document.title = words.length ? `${sign}${word("waiting").replace("#", words.length)} ${title}` : title;
    show($("sound-heard"), pressing().length > 0);
    if (fresh.length) {
      const critical = fresh.some((word) => word.startsWith("critical:"));
      say(word(critical ? "alarmCritical" : "alarm"));
      ring();
      if (critical) notice();
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
    let words = word("letters").replace("##", area.maxLength).replace("#", text.length);
    if (area.dataset.door === "sms" && text) words += ` ${word("parts").replace("#", parts(text))}`;
    place.textContent = words;
  }
  // As the server counts (amaan/text/segments.py): GSM-7 in 160 or 153 units, else 70 or 67.
  const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
  const EXTENDED = new Set("\f^{}\\[~]|€");
  function parts(text) {
    const plain = [...text].every((sign) => BASIC.has(sign) || EXTENDED.has(sign));
    // A letter and its marks are one sign, and never parted.
    const seen = plain || !Intl.Segmenter ? [...text] : [...new Intl.Segmenter().segment(text)];
    const signs = seen.map((sign) => sign.segment || sign);
    const widths = signs.map((sign) => (plain ? 1 + EXTENDED.has(sign) : sign.length));
    const [single, several] = plain ? [160, 153] : [70, 67];
    if (widths.reduce((sum, width) => sum + width, 0) <= single) return 1;
    let [found, used] = [1, 0];
    for (const width of widths) {
      if (used + width > several) { found += 1; used = 0; }
      used += width;
    }
    return found;
  }
  /* A ready answer goes into the field, after what stands there already. */
  function take(button) {
    const area = $("text");
    if (!area) return false;
    const minutes = $("minutes");
    const text = button.dataset.canned.replace("{minutes}", (minutes && minutes.value) || "10");
    const before = area.value.trimEnd();
    area.value = before ? `${before}\n${text}` : text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
    say(word("taken"));
    return true;
  }
  /* Who lost the chat for a moment and takes it again finds what she had typed. */
  function keepDraft() {
    const area = $("text");
    if (area && area.value.trim()) kept.set(area.form.getAttribute("action"), area.value);
  }
  function giveDraft() {
    const area = $("text");
    const action = area && area.form.getAttribute("action");
    if (!area || area.value || !kept.has(action)) return;
    area.value = kept.get(action);
    kept.delete(action);
    count(area);
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

  /* A form on an open page was taken: it is emptied, its fold closes, the focus stays near. */
  function done(form) {
    if (!form.isConnected) return;
    const inside = form.contains(document.activeElement);
    form.reset();
    const fold = form.closest("details");
    if (!fold) return;
    fold.open = false;
    if (inside || document.activeElement === document.body) fold.querySelector("summary").focus();
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
    if ($("text")) count($("text"));
  }
  function refresh() {
    localTimes(document);
    giveDraft();
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
    if (id === "notify") Notification.requestPermission().then(drawSound);
    const ready = event.target.closest("button[data-canned]");
    if (ready && take(ready)) event.preventDefault();
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
  const UNCHANGED = /^(body|risk|delivery)-|^(tier-now|judged-now|notes|summary-now|complaints-count)$/;
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, headers, parameters } = event.detail;
    if (elt.hasAttribute("data-live")) headers["x-amaan-live"] = "1";
    else lastUse = Date.now();
    if (elt.id === "more") parameters.after = lastSeq();
  });
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    // What did not change is left alone, or a screen reader would read it again.
    const { target, fragment } = event.detail;
    if (target.id === "answering") keepDraft();
    const same = fragment.firstElementChild && fragment.firstElementChild.innerHTML === target.innerHTML;
    if (same && UNCHANGED.test(target.id)) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig, target } = event.detail;
    if (target === document.body) keepDraft();
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
    if (requestConfig.elt.matches("form[data-deed]") && event.detail.successful) done(requestConfig.elt);
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
      line.textContent = word("notReached");
      if (notice) notice.replaceChildren(line);
    }
  });
  // The extension opens the stream; being paged by name is heard here, whatever was heard before.
  const open = htmx.createEventSource;
  htmx.createEventSource = (url) => {
    const source = open(url);
    source.addEventListener("paged", () => {
      heard.clear();
      say(word("paged"));
      ring();
      notice();
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
