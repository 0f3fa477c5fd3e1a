package ffmerge.kernel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dflib.jjava.jupyter.messages.request.HistoryRequest;

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

    /** What a client asked for, in the protocol's form: session, cell, and its code or code and output. */
    List<List<Object>> answer(HistoryRequest request) {
        return find(request).stream()
                .map(e -> List.<Object>of(
                        SESSION, e.cell(), request.includeOutput() ? List.of(e.code(), e.output()) : e.code()))
                .toList();
    }

    private List<Entry> find(HistoryRequest request) {
        if (request instanceof HistoryRequest.Range range) {
            return range(range.getSessionIndex(), range.getStart(), range.getStop());
        }
        if (request instanceof HistoryRequest.Search search) {
            return search(search.getPattern(), search.getMaxReturnLength(), search.filterUnique());
        }
        return tail(((HistoryRequest.Tail) request).getMaxReturnLength());
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
        Pattern pattern = pattern(glob);
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

    private static Pattern pattern(String glob) {
        String pattern = glob.chars()
                .mapToObj(c -> c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c)))
                .collect(Collectors.joining());
        return Pattern.compile(pattern, Pattern.DOTALL);
    }

    private static List<Entry> last(List<Entry> entries, int most) {
        int from = most <= 0 ? 0 : Math.max(0, entries.size() - most);
        return List.copyOf(entries.subList(from, entries.size()));
    }
}
