package ffmerge.data;

import java.nio.file.Files;
import java.nio.file.Path;

/** The tokenizer of a model that makes sentences of sentences. */
public interface PairTokenizer extends AutoCloseable {
    /**
     * Marian's, of a SentencePiece model for each language, where the folder has these; else its {@code tokenizer.json}.
     *
     * @throws ffmerge.UserError if the folder has neither, or a file is damaged
     */
    static PairTokenizer load(Path folder) {
        boolean json = Files.exists(folder.resolve("tokenizer.json")) && !Files.exists(folder.resolve("source.spm"));
        return json ? TextPairs.load(folder) : SentencePiecePairs.load(folder);
    }

    /** The language that is translated from, as the model's author calls it; empty where it isn't said. */
    String sourceLanguage();

    /** The language that is translated into, as the model's files call it: {@code eng}; "" if they don't say. */
    String targetLanguage();

    /** The tokens of a sentence that the model is given. */
    int[] source(String sentence);

    /** The tokens of a sentence that it is to make of one. */
    int[] target(String sentence);

    /** The sentence that tokens stand for, special ones left out. */
    String decode(int... tokens);

    @Override
    void close();
}
