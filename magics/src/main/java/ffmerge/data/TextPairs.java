package ffmerge.data;

import ffmerge.tokenize.TextTokenizer;
import java.nio.file.Path;
import java.util.List;

/** Sentences as a {@code tokenizer.json} cuts them, sources and targets alike but for the languages' tokens around them. */
record TextPairs(TextTokenizer tokenizer) implements PairTokenizer {
    static TextPairs load(Path folder) {
        return new TextPairs(TextTokenizer.load(folder));
    }

    @Override
    public String sourceLanguage() {
        return tokenizer.sourceLanguage();
    }

    @Override
    public String targetLanguage() {
        return tokenizer.targetLanguage();
    }

    @Override
    public int[] source(String sentence) {
        return tokenizer.encode(List.of(sentence), true).get(0).ids();
    }

    @Override
    public int[] target(String sentence) {
        return tokenizer.encodeTarget(sentence);
    }

    @Override
    public String decode(int... tokens) {
        return tokenizer.decode(tokens, true).strip();
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
