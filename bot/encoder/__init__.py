"""The sentence encoder: turns a message into 384 numbers that stand for its meaning.

Running it needs onnxruntime, tokenizers and numpy only; torch is needed by
``bot.encoder.build`` alone, which neither running nor testing imports.
"""

from bot.encoder.runtime import EncoderFilesError, SentenceEncoder

__all__ = ["EncoderFilesError", "SentenceEncoder"]
