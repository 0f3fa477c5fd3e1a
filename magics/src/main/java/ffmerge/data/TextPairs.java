package ffmerge.data;

import ffmerge.tokenize.TextTokenizer;
import java.nio.file.Path;
import java.util.List;

/** Sentences as a {@code tokenizer.json} cuts them, sources and targets alike but for the languages' tokens around them. */
record TextPairs(TextTokenizer tokenizer, int ending) implements PairTokenizer {
    static TextPairs load(Path folder) {
        TextTokenizer tokenizer = TextTokenizer.load(folder);
        boolean[] special = tokenizer.encode(List.of("a"), true).get(0).special();
        int ending = 0;
        while (ending < special.length && special[special.length - 1 - ending]) {
            ending++;
        }
        return new TextPairs(tokenizer, ending);
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
