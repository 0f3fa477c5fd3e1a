package ffmerge.data;

import ffmerge.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The tokenizer of a model that makes sentences of sentences. */
public interface PairTokenizer extends AutoCloseable {
    /** What other translation models' tokenizers are in: SentencePiece's models, and merges of pairs. */
    List<String> PYTHONS_OWN = List.of("sentencepiece.bpe.model", "spiece.model", "merges.txt");

    /**
     * Marian's, of a SentencePiece model for each language, where the folder has these; else its {@code tokenizer.json}.
     *
     * @throws ffmerge.UserError if the folder has neither, or a file is damaged
     */
    static PairTokenizer load(Path folder) {
        if (Files.exists(folder.resolve("source.spm"))) {
            return SentencePiecePairs.load(folder);
        }
        if (Files.exists(folder.resolve("tokenizer.json"))) {
            return TextPairs.load(folder);
        }
        for (String file : PYTHONS_OWN) {
            if (Files.exists(folder.resolve(file))) {
                throw new UserError(folder + " has a tokenizer as " + file + " alone, which isn't read here; lay a"
                        + " tokenizer.json beside: in Python, AutoTokenizer.from_pretrained(…).save_pretrained(folder) makes"
                        + " one of most, M2M100's can be made with the tokenizers library");
            }
        }
        return SentencePiecePairs.load(folder);
    }

    /** The language that is translated from, as the model's author calls it; empty where it isn't said. */
    String sourceLanguage();

    /** The language that is translated into, as the model's files call it: {@code eng}; "" if they don't say. */
    String targetLanguage();

    /** The tokens of a sentence that the model is given. */
    int[] source(String sentence);

    /** The tokens of a sentence that it is to make of one. */
    int[] target(String sentence);

    /** How many special tokens stand behind a sentence, which one that is cut keeps. */
    int ending();

    /** The sentence that tokens stand for, special ones left out. */
    String decode(int... tokens);

    @Override
    void close();
}
