package ffmerge.journal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How a model or a result was made: by which step, out of which models. Steps done again in the order of their numbers
 * make the same, as each then finds the names that it found.
 *
 * @param number in the order in which steps were done
 * @param step as a recipe has it; empty where the model was not made by a step
 * @param from how the models came to be that the step worked on
 * @param files that it read
 * @param unknown why it can't be done again; "" where it can
 */
public record Making(long number, Map<String, Object> step, List<Making> from, List<FileNote> files, String unknown) {
    private static final AtomicLong NUMBERS = new AtomicLong();

    public Making {
        step = Collections.unmodifiableMap(new LinkedHashMap<>(step));
        from = List.copyOf(from);
        files = List.copyOf(files);
    }

    /** Of a step that was just done. */
    public static Making of(Map<String, Object> step, List<Making> from, List<FileNote> files) {
        return new Making(NUMBERS.incrementAndGet(), step, from, files, "");
    }

    /** Of a model that came from elsewhere, as from a Java program. */
    public static Making unknown(String model) {
        return new Making(
                NUMBERS.incrementAndGet(),
                Map.of(),
                List.of(),
                List.of(),
                "the model '" + model + "' was made in Java, which no recipe does again");
    }

    /** All steps that led to this one, and this one last. */
    public List<Making> line() {
        Set<Making> all = Collections.newSetFromMap(new IdentityHashMap<>());
        collect(all);
        List<Making> line = new ArrayList<>(all);
        line.sort(Comparator.comparingLong(Making::number));
        return line;
    }

    private void collect(Set<Making> all) {
        if (all.add(this)) {
            from.forEach(one -> one.collect(all));
        }
    }
}
