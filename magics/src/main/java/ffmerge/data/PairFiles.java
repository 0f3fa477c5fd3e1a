package ffmerge.data;

import ffmerge.Progress;
import ffmerge.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Reads and tokenizes sentence pairs. */
public final class PairFiles {
    private PairFiles() {}

    /** The file of a split, found as {@link TextFiles#find} finds text. */
    public static Path find(Path where, Split split) {
        return TextFiles.find(where, split, List.of("tsv", "csv", "jsonl", "ndjson", "json"));
    }

    /**
     * Reads and tokenizes a file.
     *
     * @param columns that are asked for
     * @param longest how many tokens the model takes; sentences that have more are cut
     * @param notice is told, once, how many sentences were cut, and of a first line that may be a header
     * @throws UserError if a line has no second column or no source, or the file no lines
     */
    public static List<SentencePair> read(
            Path file,
            Columns columns,
            PairTokenizer tokenizer,
            int longest,
            Consumer<String> notice,
            Progress progress) {
        PairRows all = new PairRows(file, columns, tokenizer.sourceLanguage(), tokenizer.targetLanguage(), notice);
        List<PairRows.Pair> rows = all.pairs(0, all.count());
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).source().isBlank()) {
                throw new UserError(file + " line " + (i + 1) + " has no source sentence");
            }
        }
        return tokenize(rows, 0, file, tokenizer, longest, notice, progress);
    }

    /**
     * Tokenizes pairs; those without a source sentence are left out, and counted to {@code notice}.
     *
     * @param index the first pair's place in its data set
     */
    static List<SentencePair> tokenize(
            List<PairRows.Pair> rows,
            int index,
            Path file,
            PairTokenizer tokenizer,
            int longest,
            Consumer<String> notice,
            Progress progress) {
        List<SentencePair> pairs = new ArrayList<>();
        int cut = 0;
        int empty = 0;
        try (Progress.Stage stage = progress.start("Tokenizing", rows.size(), "sentences")) {
            for (int i = 0; i < rows.size(); i++) {
                PairRows.Pair row = rows.get(i);
                if (row.source().isBlank()) {
                    empty++;
                    continue;
                }
                int[] source = tokenizer.source(row.source());
                int[] target = tokenizer.target(row.target());
                cut += source.length > longest || target.length > longest ? 1 : 0;
                pairs.add(new SentencePair(
                        index + pairs.size(),
                        row.source(),
                        row.target(),
                        cut(source, longest, tokenizer.ending()),
                        cut(target, longest, tokenizer.ending())));
                stage.advance(i + 1L);
            }
        }
        if (empty > 0) {
            notice.accept(empty + (empty == 1 ? " pair of " : " pairs of ") + file.getFileName()
                    + " had no source sentence and " + (empty == 1 ? "was" : "were") + " left out");
        }
        if (cut > 0) {
            notice.accept(cut + (cut == 1 ? " sentence pair of " : " sentence pairs of ") + file.getFileName()
                    + " exceeded the model's " + longest + " positions and " + (cut == 1 ? "was" : "were") + " cut");
        }
        return pairs;
    }

    /** The first tokens, and the last ones, which end the sentence. */
    static int[] cut(int[] ids, int longest, int ending) {
        if (ids.length <= longest) {
            return ids;
        }
        int[] cut = Arrays.copyOf(ids, longest);
        int kept = Math.min(ending, longest);
        System.arraycopy(ids, ids.length - kept, cut, longest - kept, kept);
        return cut;
    }
}
