package ffmerge.hub;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The data sets of the paper that the hub has. */
public enum PaperData {
    WIKITEXT_103("wikitext-103", "Salesforce/wikitext", "wikitext-103-raw-v1"),
    WIKITEXT_2("wikitext-2", "Salesforce/wikitext", "wikitext-2-raw-v1"),
    /** Gated: whoever fetches it has to accept its conditions. */
    IMAGENET_1K("imagenet-1k", "ILSVRC/imagenet-1k", null),
    TATOEBA_ZH_EN("tatoeba-zh-en", "Helsinki-NLP/tatoeba_mt", "eng-zho"),
    SAMSUM("samsum", "knkarthick/samsum", null);

    private final String label;
    private final String id;
    private final String config;

    PaperData(String label, String id, String config) {
        this.label = label;
        this.id = id;
        this.config = config;
    }

    /** What a notebook calls it. */
    public String label() {
        return label;
    }

    public String id() {
        return id;
    }

    /** Which of the repository's data sets it is; null where there is but one. */
    public String config() {
        return config;
    }

    /** All of them, for messages. */
    public static String labels() {
        return Arrays.stream(values()).map(PaperData::label).collect(Collectors.joining(", "));
    }

    public static Optional<PaperData> named(String label) {
        return Arrays.stream(values()).filter(d -> d.label.equals(label)).findFirst();
    }
}
