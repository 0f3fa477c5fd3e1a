package ffmerge.evaluate;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How ROUGE cuts a text into words: runs of a–z and 0–9 in lower case; all else parts words. */
public enum RougeWords {
    /** As they stand, the default of Hugging Face's {@code evaluate}. */
    WHOLE,
    /** Words of more than three letters cut to their stems. */
    STEMMED;

    List<String> of(String text) {
        return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^a-z0-9]+"))
                .filter(word -> !word.isEmpty())
                .map(word -> this == STEMMED && word.length() > 3 ? PorterStemmer.stem(word) : word)
                .toList();
    }
}
