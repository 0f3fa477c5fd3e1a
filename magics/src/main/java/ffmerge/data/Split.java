package ffmerge.data;

import ffmerge.UserError;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The part of a data set that is meant for one purpose. */
public enum Split {
    TRAIN,
    VALIDATION,
    TEST;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws UserError if there is no such split */
    public static Split parse(String label) {
        return Arrays.stream(values())
                .filter(s -> s.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new UserError("there is no split '" + label + "'; splits are "
                        + Arrays.stream(values()).map(Split::label).collect(Collectors.joining(", "))));
    }
}
