/* Makes the page live. Without it every button still works as a plain form.
   The secret stays in this page's memory: nothing is written to any store, and it is
   posted in the body, never in an address. Texts are only ever set as text. */
var chat = (function () {
  "use strict";
  var form = document.getElementById("f");
  if (!window.fetch || !window.URLSearchParams || !window.AbortController) return null;
  var fields = form.elements, say = form.dataset;
  var log = document.getElementById("log"), lines = document.getElementById("lines");
  var pending = document.getElementById("pending"), status = document.getElementById("status");
  var confirmation = document.getElementById("confirm"), field = fields.text;
  var last = Array.prototype.reduce.call(lines.children, function (most, li) {
    return Math.max(most, Number(li.dataset.seq));
  }, 0);
  var outbox = [], sending = null, wake = null, gone = 0, stream = null;
  // What the chat is closed to (safety.js): "", "ask" or "cover"; and what the page does to close it.
  var closed = fields.locked.value ? "ask" : "", draft = "", tried = false;
  document.documentElement.classList.add("js");
  leaving.then = function () {
    outbox = [];
    if (stream) stream.abort();
  };

  // --- talking to the server ---------------------------------------------------------------
  function random() {
    var bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.prototype.map.call(bytes, function (b) { return ("0" + b.toString(16)).slice(-2); }).join("");
  }
  function post(path, values, controller) {
    var body = new URLSearchParams({
      secret: fields.secret.value, started: fields.started.value, page_lang: fields.page_lang.value,
      lang: fields.page_lang.value, chosen: fields.chosen.value, after: String(last),
      locked: fields.locked.value, lock: self.locking ? "1" : ""
    });
    Object.keys(values).forEach(function (name) { body.set(name, values[name]); });
    return fetch(path, {
      method: "POST", body: body, headers: { Accept: "application/json" }, cache: "no-store",
      credentials: "omit", referrerPolicy: "no-referrer", signal: controller && controller.signal
    });
  }
  function ask(values) {
    return once(values).then(function (answer) {
      if (!answer.work) return answer;
      tell(say.slow);
      return solve(answer.work).then(function (proof) {
        return ask(Object.assign({}, values, { proof: proof }));
      });
    });
  }
  function once(values) {
    var controller = new AbortController(), timer = setTimeout(function () { controller.abort(); }, 20000);
    return post("/", values, controller).then(function (response) {
      return response.json().then(function (answer) {
        answer.status = response.status;
        return answer;
      });
    }).finally(function () { clearTimeout(timer); });
  }
  function pause(milliseconds) {
    return new Promise(function (done) {
      wake = done;
      setTimeout(done, milliseconds);
    });
  }
  function tell(text) { if (status.textContent !== text) status.textContent = text; }
  window.addEventListener("online", function () { if (wake) wake(); });

  // --- showing -------------------------------------------------------------------------------
  function make(tag, name, text) {
    var element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    return element;
  }
  function freeze() {
    lines.querySelectorAll(".menu button").forEach(function (button) {
      var line = button.parentNode;
      while (button.firstChild) line.insertBefore(button.firstChild, button);
      line.removeChild(button);
    });
  }
  function piece(part) {
    if (part.length === 1) return document.createTextNode(part[0]);
    var value = make(part[1] ? "a" : "bdi", "", part[0]);
    value.dir = "ltr";
    if (part[1]) value.href = "tel:" + part[1];
    return value;
  }
  function menuOf(message) {
    var menu = make("ol", "menu");
    menu.lang = message.lang;
    menu.dir = message.dir;
    message.menu.forEach(function (label, index) {
      var line = make("li"), button = make("button");
      button.name = "pick";
      button.value = String(index + 1);
      button.appendChild(make("bdi", "", button.value));
      button.appendChild(document.createTextNode(" " + label));
      line.appendChild(button);
      menu.appendChild(line);
    });
    return menu;
  }
  function bubble(who, lang, dir) {
    var line = make("li", who), body = make("div", "text");
    line.appendChild(make("p", "who", say[who]));
    if (lang) body.lang = lang;
    body.dir = dir;
    line.appendChild(body);
    return line;
  }
  function add(message) {
    if (message.seq <= last) return null;
    last = message.seq;
    if (message.who === "you" && outbox[0] && outbox[0].text === message.parts[0][0]) outbox[0].line.remove();
    var line = bubble(message.who, message.lang, message.dir);
    line.dataset.seq = message.seq;
    message.parts.forEach(function (part) { line.lastChild.appendChild(piece(part)); });
    if (message.menu.length) {
      freeze();
      line.appendChild(menuOf(message));
    }
    lines.appendChild(line);
    return message.who === "you" ? null : line;
  }
  // A closed chat shows nothing of what was; once it is open everything is asked for again.
  function shut(state) {
    if (closed === state) return;
    if (!closed) { draft = field.value; field.value = ""; }
    else if (!state && !field.value) field.value = draft;
    closed = state;
    tried = false;
    fields.locked.value = state ? "1" : "";
    form.classList.toggle("closed", Boolean(state));
    lines.textContent = pending.textContent = "";
    last = 0;
    if (stream) stream.abort();
  }
  function closedWords() {
    return closed === "cover" ? say.cover : tried ? say.wrong : say.ask;
  }
  function apply(answer) {
    if (answer.ended) return ended(answer, say.ended);
    if (self.locking && !answer.closed) return null;
    fields.started.value = "1";
    form.classList.add("started");
    shut(answer.closed);
    if (closed) { lines.textContent = ""; last = 0; }
    var fresh = answer.messages.map(add).filter(Boolean);
    // What she took back must not stay before whoever holds the phone.
    (answer.hidden || []).forEach(function (seq) {
      var taken = lines.querySelector("[data-seq='" + seq + "'] .text");
      if (taken) taken.textContent = "•••";
    });
    if (closed) last = 0;
    ["word", "sheet", "proof"].forEach(function (name) { say[name] = answer[name] ? "1" : ""; });
    self.changed();
    tell(answer.waiting ? say.waiting : closed ? closedWords() : answer.note || "");
    if (fresh.length) fresh[0].scrollIntoView({ block: "nearest" });
    follow();
  }
  function ended(answer, words) {
    gone += 1;
    if (stream) stream.abort();
    // What she wrote and we did not take goes back into the field, not away.
    var unsent = outbox.map(function (item) { return item.text; });
    if (unsent.length && answer.unsent !== false) field.value = unsent.concat(field.value || []).join("\n");
    outbox = [];
    last = 0;
    lines.textContent = pending.textContent = "";
    closed = draft = say.word = say.sheet = say.proof = fields.locked.value = "";
    self.locking = false;
    form.classList.remove("closed");
    fields.secret.value = answer.secret;
    fields.started.value = "";
    form.classList.remove("started");
    confirmation.hidden = true;
    self.changed();
    tell(words);
    field.focus();
  }

  // --- sending: one at a time, in order, until taken -----------------------------------------
  function queue(text) {
    var item = { text: text, key: random(), line: bubble("you", "", "auto"), state: make("p", "state") };
    // Her word is not shown to whoever looks on.
    item.line.lastChild.textContent = closed ? "•••" : text;
    tried = Boolean(closed);
    item.line.appendChild(item.state);
    pending.appendChild(item.line);
    item.line.scrollIntoView({ block: "nearest" });
    outbox.push(item);
    if (!sending) sending = pump().then(function () { sending = null; });
    else if (wake) wake();
  }
  function mark(item, text, button) {
    item.state.textContent = text;
    if (!button) return;
    var again = make("button", "", say.again);
    again.type = "button";
    again.addEventListener("click", function () { if (wake) wake(); });
    item.state.appendChild(document.createTextNode(" "));
    item.state.appendChild(again);
  }
  async function pump() {
    var wait = 1000, age = gone;
    while (outbox.length && !leaving.done) {
      var item = outbox[0], answer = null;
      mark(item, say.sending);
      try { answer = await ask({ do: "send", text: item.text, message_key: item.key }); } catch (error) { answer = null; }
      if (age !== gone) { age = gone; continue; }
      if (answer && answer.status === 200) {
        wait = 1000;
        if (!answer.ended) {
          outbox.shift();
          item.line.remove();
        }
        apply(answer);
      } else if (answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
        outbox.shift();
        mark(item, answer.status === 413 ? say.long : say.unsent);
      } else {
        tell(say.offline);
        mark(item, say.unsent, true);
        await pause(wait);
        wait = Math.min(wait * 2, 15000);
      }
    }
  }

  // --- listening ------------------------------------------------------------------------------
  function heard(block, age) {
    block.split("\n").forEach(function (row) {
      if (row.slice(0, 6) !== "data: " || age !== gone) return;
      var answer = JSON.parse(row.slice(6));
      if (answer.ended) ended(answer, say.erased);
      else apply(answer);
    });
  }
  async function listen(controller, age) {
    var response = await post("/live", {}, controller);
    if (!response.ok) throw new Error();
    if (!response.body || !response.body.getReader) {
      // An old browser that cannot read a stream: ask now and then.
      controller.abort();
      var answer = await ask({ do: "refresh" });
      if (age === gone) apply(answer);
      return pause(4000);
    }
    if (status.textContent === say.offline && !outbox.length) tell("");
    var reader = response.body.getReader(), decoder = new TextDecoder(), rest = "", timer;
    for (;;) {
      // The server gives a sign of life every 15 s.
      timer = setTimeout(function () { controller.abort(); }, 40000);
      var chunk = await reader.read();
      clearTimeout(timer);
      if (chunk.done) return null;
      var blocks = (rest + decoder.decode(chunk.value, { stream: true })).split("\n\n");
      rest = blocks.pop();
      blocks.forEach(function (block) { heard(block, age); });
    }
  }
  async function follow() {
    if (stream) return;
    var age = gone, wait = 500, began;
    while (age === gone && !leaving.done) {
      stream = new AbortController();
      began = Date.now();
      try { await listen(stream, age); } catch (error) { if (age === gone && !leaving.done && !stream.signal.aborted) tell(say.offline); }
      if (age !== gone || leaving.done) break;
      if (Date.now() - began > 5000) wait = 500;
      await new Promise(function (done) { setTimeout(done, wait); });
      wait = Math.min(wait * 2, 15000);
    }
    stream = null;
    if (fields.started.value && !leaving.done) follow();
  }

  // --- buttons ----------------------------------------------------------------------------------
  async function erase() {
    outbox.splice(1);
    confirmation.hidden = true;
    // What is on its way is waited for, so that it cannot arrive after the erase.
    while (sending && outbox.length && !leaving.done) {
      if (outbox[0].state.textContent !== say.sending) outbox = [];
      await pause(200);
    }
    for (var wait = 1000; !leaving.done; wait = Math.min(wait * 2, 15000)) {
      try {
        var answer = await ask({ do: "erase_now" });
        if (answer.status === 200) { answer.unsent = false; return ended(answer, say.erased); }
      } catch (error) { /* tried again below */ }
      tell(say.offline);
      await pause(wait);
    }
  }
  async function changeLanguage() {
    // A browser's own error page would lose the chat: only go when the way is free.
    try {
      if (outbox.length) throw new Error();
      if (fields.started.value) await ask({ do: "refresh" });
      var chosen = make("input");
      chosen.type = "hidden";
      chosen.name = "do";
      chosen.value = "lang";
      form.appendChild(chosen);
      leaving.stays = true;
      form.submit();
    } catch (error) { tell(say.offline); }
  }
  var clicked = null;
  form.addEventListener("click", function (event) {
    clicked = event.target.closest ? event.target.closest("button") : null;
  });
  form.addEventListener("submit", function (event) {
    var button = event.submitter || clicked;
    if (!button) return;
    event.preventDefault();
    if (button.name === "pick") {
      freeze();
      log.focus({ preventScroll: true });
      queue(button.value);
    } else if (button.value === "send") {
      queue(field.value);
      field.value = "";
      field.focus();
    } else if (button.value === "erase") {
      confirmation.hidden = false;
      var question = document.getElementById("question");
      question.tabIndex = -1;
      question.focus();
    } else if (button.value === "keep") {
      confirmation.hidden = true;
      field.focus();
    } else if (button.value === "erase_now") {
      erase();
    } else if (button.value === "lang") {
      changeLanguage();
    } else if (self.pressed(button.value)) {
      return;
    } else {
      ask({ do: "refresh" }).then(apply, function () { tell(say.offline); });
    }
  });
  // What safety.js and paper.js need; they fill in the two functions.
  var self = {
    form: form, say: say, post: post, ask: ask, apply: apply, ended: ended, tell: tell,
    locking: false,
    changed: function () {},
    pressed: function () { return false; },
    isSending: function () { return outbox.length > 0; },
    // Before the server knows: what is under way must not bring the chat back.
    lock: function () {
      gone += 1;
      self.locking = true;
      shut("ask");
      tell(say.ask);
    },
    // Another chat is shown from its first message.
    begin: function (answer) {
      last = 0;
      lines.textContent = "";
      apply(answer);
    }
  };
  if (fields.started.value) follow();
  return self;
})();
