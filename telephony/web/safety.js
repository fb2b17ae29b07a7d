/* Leave and come back, and her word after a pause. Texts are only ever set as text. */
(function () {
  "use strict";
  if (!chat) return;
  var fields = chat.form.elements, say = chat.say;
  var code = document.getElementById("code"), back = document.getElementById("back");
  var word = document.getElementById("word");
  function show(id, isShown) { document.getElementById(id).hidden = !isShown; }

  chat.changed = function () {
    var started = Boolean(fields.started.value), closed = Boolean(fields.locked.value);
    show("safe", !closed);
    show("back-box", !started);
    show("word-box", started);
    show("word-off", say.word);
    if (started) code.hidden = true;
  };

  // --- leave with a number and words, and come back by them --------------------------------
  function leaveBack() {
    // What is on its way would be lost with the page.
    if (chat.isSending()) return chat.tell(say.sending);
    return chat.ask({ do: "leave_back" }).then(function (answer) {
      if (!answer.code) return chat.apply(answer);
      chat.ended(answer, "");
      document.getElementById("code-number").textContent = answer.code.number;
      var words = document.getElementById("code-words");
      words.textContent = answer.code.words;
      words.lang = answer.code.lang;
      words.dir = answer.code.dir;
      code.hidden = false;
      document.getElementById("code-heading").focus();
      return null;
    }).catch(offline);
  }
  function offline() { chat.tell(say.offline); }
  back.addEventListener("submit", function (event) {
    event.preventDefault();
    var typed = { do: "come_back", number: back.elements.number.value, words: back.elements.words.value };
    chat.ask(typed).then(function (answer) {
      if (answer.found === false) return chat.tell(answer.note);
      back.reset();
      document.getElementById("back-box").open = false;
      return chat.begin(answer);
    }).catch(offline);
  });

  // --- her word ----------------------------------------------------------------------------
  var pressed = "word";
  word.addEventListener("click", function (event) {
    if (event.target.name === "do") pressed = event.target.value;
  });
  word.addEventListener("submit", function (event) {
    event.preventDefault();
    var typed = word.elements.word.value;
    word.reset();
    chat.ask({ do: pressed, word: typed }).then(chat.apply).catch(offline);
    pressed = "word";
  });
  chat.pressed = function (button) {
    if (button === "leave_back") leaveBack();
    else if (button === "new") {
      chat.ask({ do: "new" }).then(function (answer) { chat.ended(answer, ""); }).catch(offline);
    } else return false;
    return true;
  };

  // The pause: nothing pressed, written or moved for so long, or the page out of sight.
  var HIDDEN = 30000, after = Number(say.lock) * 1000;
  var touched = Date.now(), told = touched, hiddenAt = 0;
  function lock() {
    if (!say.word || fields.locked.value || !fields.started.value) return;
    chat.lock();
    chat.changed();
    confirmLock(1000);
  }
  // Until the server knows, every other question says it as well ("lock" in page.js).
  function confirmLock(wait) {
    if (!chat.locking || leaving.done) return;
    chat.ask({ do: "lock" }).then(function (answer) {
      if (answer.status !== 200) throw new Error();
      if (!chat.locking) return;
      chat.locking = false;
      chat.apply(answer);
    }).catch(function () {
      setTimeout(function () { confirmLock(Math.min(wait * 2, 15000)); }, wait);
    });
  }
  function isDue(now) {
    // A clock that was set back counts as a pause.
    return Math.abs(now - touched) >= after || (hiddenAt && Math.abs(now - hiddenAt) >= HIDDEN);
  }
  function look() {
    if (isDue(Date.now())) lock();
  }
  function touch() {
    var now = Date.now();
    if (isDue(now)) lock();
    touched = now;
    if (!say.word || fields.locked.value || now - told < after / 3) return;
    told = now;
    // The server counts a pause too; it does not see somebody read or write.
    chat.ask({ do: "refresh", awake: "1" }).then(chat.apply).catch(function () {});
  }
  ["keydown", "input", "pointerdown", "touchstart", "wheel"].forEach(function (name) {
    document.addEventListener(name, touch, { passive: true, capture: true });
  });
  document.addEventListener("visibilitychange", function () {
    if (document.hidden) { hiddenAt = Date.now(); return; }
    look();
    hiddenAt = 0;
  });
  setInterval(look, 1000);
})();
