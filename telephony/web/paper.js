/* Beside the chat: the fingerprint of a file, made here and posted without it, and the sheet. */
(function () {
  "use strict";
  if (!chat) return;
  var fields = chat.form.elements, say = chat.say, changed = chat.changed;
  var sheet = document.getElementById("sheet"), proof = document.getElementById("proof");
  var box = document.getElementById("proof-box"), file = document.getElementById("file");
  var intimate = proof.elements.intimate, about = proof.elements.about, busy = false;
  // The browser's own hash takes a file as a whole; longer ones are read in pieces.
  var WHOLE = 1 << 25;
  var canHash = window.crypto && crypto.subtle && Blob.prototype.arrayBuffer;
  var canSave = "download" in document.createElement("a");

  function isOpen() { return fields.started.value && !fields.locked.value && !leaving.done; }
  function clear() {
    proof.reset();
    file.required = true;
    file.disabled = box.open = false;
  }
  function look() {
    sheet.hidden = !(isOpen() && say.sheet && canSave);
    box.hidden = !(isOpen() && say.proof && canHash);
    // The name of a file tells something too.
    if (box.hidden) clear();
  }
  chat.changed = function () {
    changed();
    look();
  };
  // One thing at a time; its last words are those of the server.
  function once(work, words) {
    if (busy) return;
    busy = true;
    chat.tell(say.waiting);
    work().catch(function () { chat.tell(words || say.offline); }).then(function () { busy = false; });
  }

  // --- the fingerprint ---------------------------------------------------------------------
  function hex(bytes) {
    return Array.prototype.map.call(bytes, function (b) { return ("0" + b.toString(16)).slice(-2); }).join("");
  }
  function words(parts) {
    return Array.prototype.map.call(parts, function (w) { return ("0000000" + w.toString(16)).slice(-8); }).join("");
  }
  function hash(chosen) {
    if (chosen.size > WHOLE) return solve.digest(chosen).then(words);
    return chosen.arrayBuffer().then(function (bytes) {
      return crypto.subtle.digest("SHA-256", bytes);
    }).then(function (sum) { return hex(new Uint8Array(sum)); });
  }
  function kindOf(type) {
    var kinds = { image: "screenshot", audio: "audio", text: "chat_export", message: "email_headers" };
    return type === "application/zip" ? "chat_export" : kinds[type.split("/")[0]] || "document";
  }
  intimate.addEventListener("change", function () {
    file.required = !intimate.checked;
    file.disabled = intimate.checked;
    if (intimate.checked) file.value = "";
  });
  proof.addEventListener("submit", function (event) {
    event.preventDefault();
    var chosen = intimate.checked ? null : file.files[0];
    if (!chosen && !intimate.checked) return;
    var piece = {
      do: "add_proof", about: about.value, intimate: chosen ? "" : "1",
      kind: chosen ? kindOf(chosen.type) : "statement"
    };
    once(async function () {
      piece.sha256 = chosen ? await hash(chosen) : "";
      if (!isOpen()) return;
      var answer;
      try { answer = await chat.ask(piece); } catch (error) { return chat.tell(say.offline); }
      if (answer.status !== 200) return chat.tell(say.offline);
      if (answer.added) clear();
      chat.apply(answer);
    }, proof.dataset.none);
  });

  // --- the sheet ---------------------------------------------------------------------------
  function save(blob) {
    if (!isOpen()) return;
    var link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = "notes.pdf";
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 60000);
    chat.tell("");
  }
  sheet.addEventListener("submit", function (event) {
    event.preventDefault();
    once(async function () {
      var response = await chat.post("/", { do: "sheet" });
      var kind = response.headers.get("content-type") || "";
      if (kind.indexOf("application/pdf") === 0) return save(await response.blob());
      if (!response.ok) throw new Error();
      return chat.apply(await response.json());
    });
  });
  look();
})();
