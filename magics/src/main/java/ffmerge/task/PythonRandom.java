package ffmerge.task;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.math3.random.MersenneTwister;

/** Draws as {@code random.Random(seed)} of Python draws, number for number. */
final class PythonRandom {
    /** Of a list of at most so many, what was drawn is taken out; of a longer one, it is remembered. */
    private static final int SHORT = 21;

    private final MersenneTwister words;

    /** @param seed not negative */
    PythonRandom(int seed) {
        this.words = new MersenneTwister(new int[] {seed}); // Python seeds it by an array as well
    }

    /**
     * {@code sample(population, count)}: so many of them, none twice, in the order in which they were drawn.
     *
     * @param count at most as many as there are
     */
    <T> List<T> sample(List<T> population, int count) {
        return population.size() <= shortest(count) ? takenOut(population, count) : remembered(population, count);
    }

    /** From which length on a set of what was drawn takes less memory than a copy of the list. */
    private static double shortest(int count) {
        return count > 5 ? SHORT + Math.pow(4, Math.ceil(Math.log(count * 3) / Math.log(4))) : SHORT;
    }

    private <T> List<T> takenOut(List<T> population, int count) {
        List<T> left = new ArrayList<>(population);
        List<T> drawn = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int at = below(left.size());
            drawn.add(left.get(at));
            T last = left.remove(left.size() - 1);
            if (at < left.size()) {
                left.set(at, last);
            }
        }
        return drawn;
    }

    private <T> List<T> remembered(List<T> population, int count) {
        Set<Integer> places = new HashSet<>();
        List<T> drawn = new ArrayList<>();
        while (drawn.size() < count) {
            int at = below(population.size());
            if (places.add(at)) {
                drawn.add(population.get(at));
            }
        }
        return drawn;
    }

    /** A whole number from 0 to {@code bound}, which is left out: as many bits as the bound has, until they are below it. */
    private int below(int bound) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(bound);
        int drawn = bound;
        while (drawn >= bound) {
            drawn = words.nextInt() >>> (Integer.SIZE - bits);
        }
        return drawn;
    }
}
