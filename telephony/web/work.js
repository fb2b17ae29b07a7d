/* The sum of work.py: a number whose hash with the challenge begins with so many zero bits.
   In slices, so that an old phone still scrolls and types. Plain script: the browser's own
   hash is not there without https, and one call of it costs more than one of ours. */
var solve = (function () {
  "use strict";
  var K = [], primes = 0, n, i, prime;
  function fraction(x) { return ((x - Math.floor(x)) * 4294967296) | 0; }
  for (n = 2; primes < 64; n += 1) {
    for (i = 2, prime = true; i * i <= n; i += 1) if (n % i === 0) prime = false;
    if (prime) { K.push(fraction(Math.pow(n, 1 / 3))); primes += 1; }
  }
  var START = [2, 3, 5, 7, 11, 13, 17, 19].map(function (p) { return fraction(Math.sqrt(p)); });
  var w = new Int32Array(64), h = new Int32Array(8);
  function turn(x, by) { return (x >>> by) | (x << (32 - by)); }
  function block() {
    var t, a, b, one, two, v = Array.prototype.slice.call(h);
    for (t = 16; t < 64; t += 1) {
      a = w[t - 15]; b = w[t - 2];
      w[t] = w[t - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[t - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    for (t = 0; t < 64; t += 1) {
      one = v[7] + (turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + K[t] + w[t];
      two = (turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
      v[7] = v[6]; v[6] = v[5]; v[5] = v[4]; v[4] = (v[3] + one) | 0;
      v[3] = v[2]; v[2] = v[1]; v[1] = v[0]; v[0] = (one + two) | 0;
    }
    for (t = 0; t < 8; t += 1) h[t] += v[t];
  }
  // The first word of the hash of a plain ASCII text.
  function first(text) {
    var length = text.length, all = ((length + 8) >> 6) + 1, at, j;
    h.set(START);
    for (at = 0; at < all; at += 1) {
      w.fill(0, 0, 16);
      for (j = at * 64; j < at * 64 + 64 && j <= length; j += 1) {
        w[(j >> 2) & 15] |= (j < length ? text.charCodeAt(j) : 128) << (24 - 8 * (j & 3));
      }
      if (at === all - 1) w[15] = length * 8;
      block();
    }
    return h[0];
  }
  // The whole hash of a file, read in pieces: a phone need not hold a long film at once.
  var PIECE = 1 << 22;
  async function digest(file) {
    var state = Int32Array.from(START), size = file.size, whole = size - size % 64, at, bytes;
    function eat(view) {
      // A sum may have used the same memory meanwhile.
      h.set(state);
      for (var j = 0; j < view.byteLength; j += 64) {
        for (var i = 0; i < 16; i += 1) w[i] = view.getInt32(j + 4 * i);
        block();
      }
      state.set(h);
    }
    for (at = 0; at < whole && !leaving.done; at += PIECE) {
      bytes = await file.slice(at, Math.min(at + PIECE, whole)).arrayBuffer();
      eat(new DataView(bytes));
    }
    var rest = new Uint8Array(await file.slice(whole).arrayBuffer());
    var end = new Uint8Array(rest.length < 56 ? 64 : 128), last = new DataView(end.buffer);
    end.set(rest);
    end[rest.length] = 128;
    last.setUint32(end.length - 8, Math.floor(size / 536870912));
    last.setUint32(end.length - 4, (size * 8) % 4294967296);
    eat(last);
    return Uint32Array.from(state);
  }
  function solve(work) {
    return new Promise(function (done) {
      var count = 0;
      (function slice() {
        var until = Date.now() + 30;
        while (Date.now() < until) {
          for (var more = 0; more < 50; more += 1) {
            count += 1;
            if (first(work.challenge + "." + count) >>> (32 - work.bits) === 0) {
              return done(work.challenge + "." + count);
            }
          }
        }
        if (!leaving.done) setTimeout(slice, 10);
      })();
    });
  }
  solve.digest = digest;
  return solve;
})();
