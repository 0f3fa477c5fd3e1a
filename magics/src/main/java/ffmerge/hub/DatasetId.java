package ffmerge.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A data set of the hub, as a notebook names it: {@code ORG/NAME}, {@code ORG/NAME:CONFIG}, either with
 * {@code @REVISION}, or a label of {@link PaperData}.
 *
 * @param config which of the repository's data sets; null where there is but one
 */
public record DatasetId(String id, String config, String revision) {
    private static final Pattern FORM =
            Pattern.compile("([\\w.-]+/[\\w.-]+)(?::([\\w][\\w. -]{0,199}))?(?:@([\\w][\\w./-]{0,199}))?");

    /** Nobody is asked whether there is such a data set. */
    public static Optional<DatasetId> parse(String text) {
        Optional<PaperData> paper = PaperData.named(text);
        if (paper.isPresent()) {
            return paper.map(p -> new DatasetId(p.id(), p.config(), Hub.MAIN));
        }
        Matcher form = FORM.matcher(text);
        if (!form.matches() || !RepoId.isId(form.group(1))) {
            return Optional.empty();
        }
        return Optional.of(
                new DatasetId(form.group(1), form.group(2), form.group(3) == null ? Hub.MAIN : form.group(3)));
    }

    @Override
    public String toString() {
        return id + (config == null ? "" : ":" + config) + (revision.equals(Hub.MAIN) ? "" : "@" + revision);
    }
}
