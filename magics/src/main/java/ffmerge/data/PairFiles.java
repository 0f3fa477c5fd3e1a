package ffmerge.data;

import ffmerge.Progress;
import ffmerge.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Reads sentence pairs: a line each, source and target parted by a tab; further columns are left alone. */
public final class PairFiles {
    private PairFiles() {}

    /** The file of a split, found as {@link TextFiles#find} finds text. */
    public static Path find(Path where, Split split) {
        return TextFiles.find(where, split, "tsv");
    }

    /**
     * Reads and tokenizes a file.
     *
     * @param longest how many tokens the model takes; sentences that have more are cut
     * @param notice is told, once, how many sentences were cut
     * @throws UserError if a line has no second column or no source, or the file no lines
     */
    public static List<SentencePair> read(
            Path file, PairTokenizer tokenizer, int longest, Consumer<String> notice, Progress progress) {
        String[] lines = TextFiles.read(file).split("\r?\n");
        List<SentencePair> pairs = new ArrayList<>();
        int cut = 0;
        try (Progress.Stage stage = progress.start("Tokenizing", lines.length, "sentences")) {
            for (int i = 0; i < lines.length; i++) {
                String[] columns = lines[i].split("\t", -1);
                if (columns.length < 2) {
                    throw new UserError(file + " line " + (i + 1)
                            + " has one column; a pair is source and target, parted by a tab");
                }
                if (columns[0].isBlank()) {
                    throw new UserError(file + " line " + (i + 1) + " has no source sentence");
                }
                int[] source = tokenizer.source(columns[0]);
                int[] target = tokenizer.target(columns[1]);
                cut += source.length > longest || target.length > longest ? 1 : 0;
                pairs.add(new SentencePair(i, columns[0], columns[1], cut(source, longest), cut(target, longest)));
                stage.advance(i + 1L);
            }
        }
        if (cut > 0) {
            notice.accept(cut + (cut == 1 ? " sentence pair of " : " sentence pairs of ") + file.getFileName()
                    + " exceeded the model's " + longest + " positions and " + (cut == 1 ? "was" : "were") + " cut");
        }
        return pairs;
    }

    /** The first tokens and the last, which ends the sentence. */
    static int[] cut(int[] ids, int longest) {
        if (ids.length <= longest) {
            return ids;
        }
        int[] cut = Arrays.copyOf(ids, longest);
        cut[longest - 1] = ids[ids.length - 1];
        return cut;
    }
}
