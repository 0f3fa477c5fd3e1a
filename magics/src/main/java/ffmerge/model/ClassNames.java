package ffmerge.model;

import ffmerge.architecture.Settings;
import java.util.List;
import java.util.stream.IntStream;

/** What a classifier's config calls its classes. */
final class ClassNames {
    private ClassNames() {}

    /** Names as in {@code id2label}; where there are none, those that transformers gives: {@code LABEL_0}. */
    static List<String> of(Settings settings, int classes) {
        String key = settings.key("classNames");
        return IntStream.range(0, classes)
                .mapToObj(i -> settings.config().text(key, String.valueOf(i), "LABEL_" + i))
                .toList();
    }
}
