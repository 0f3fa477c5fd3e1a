package ffmerge.kernel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The cells that were run since the kernel started: what a console's arrow-up key goes through. */
final class SessionHistory {
    /** The number of this session; there are no others, as nothing is kept on disk. */
    static final int SESSION = 1;

    /** @param output the result's text, "" where there was none */
    record Entry(int cell, String code, String output) {}

    private final List<Entry> entries = new ArrayList<>();

    synchronized void add(Entry entry) {
        entries.add(entry);
    }

    /** The last ones, the oldest first. */
    synchronized List<Entry> tail(int most) {
        return last(entries, most);
    }

    /**
     * @param session ours by its number or as 0, the current one; every other has no entries
     * @param stop the cell behind the last; 0 for all
     */
    synchronized List<Entry> range(int session, int start, int stop) {
        if (session != 0 && session != SESSION) {
            return List.of();
        }
        return entries.stream()
                .filter(e -> e.cell() >= start && (stop <= 0 || e.cell() < stop))
                .toList();
    }

    /**
     * @param glob with {@code *} and {@code ?}
     * @param most 0 for all
     * @param unique leaves of equal cells the last one
     */
    synchronized List<Entry> search(String glob, int most, boolean unique) {
        Pattern pattern =
                Pattern.compile("\\Q" + glob.replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q") + "\\E", Pattern.DOTALL);
        Set<String> seen = new HashSet<>();
        List<Entry> found = new ArrayList<>();
        for (int i = entries.size() - 1; i >= 0; i--) {
            Entry entry = entries.get(i);
            if (pattern.matcher(entry.code()).matches() && (seen.add(entry.code()) || !unique)) {
                found.add(entry);
            }
        }
        Collections.reverse(found);
        return last(found, most);
    }

    private static List<Entry> last(List<Entry> entries, int most) {
        int from = most <= 0 ? 0 : Math.max(0, entries.size() - most);
        return List.copyOf(entries.subList(from, entries.size()));
    }
}
