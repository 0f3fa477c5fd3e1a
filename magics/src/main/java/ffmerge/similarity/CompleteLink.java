package ffmerge.similarity;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Complete-link clustering: again and again the two groups are joined whose least similar members are most similar, so that
 * whatever stands in a group is like everything else in it.
 */
public final class CompleteLink {
    private CompleteLink() {}

    /**
     * The groups after so many joins; each join leaves one fewer. Of equals, the first are joined.
     *
     * @param similarity symmetric; NaN for two that must not be in one group
     * @return all groups, those of one among them, each in order; fewer joins where nothing more may be joined
     */
    public static List<List<Integer>> groups(double[][] similarity, int joins) {
        List<List<Integer>> groups = new ArrayList<>(
                IntStream.range(0, similarity.length).mapToObj(List::of).toList());
        for (int join = 0; join < joins && groups.size() > 1; join++) {
            int first = -1;
            int second = -1;
            double best = Double.NEGATIVE_INFINITY;
            for (int a = 0; a < groups.size(); a++) {
                for (int b = a + 1; b < groups.size(); b++) {
                    double linkage = least(similarity, groups.get(a), groups.get(b));
                    if (linkage > best) {
                        best = linkage;
                        first = a;
                        second = b;
                    }
                }
            }
            if (first < 0) {
                break;
            }
            groups.set(
                    first,
                    Stream.concat(groups.get(first).stream(), groups.remove(second).stream())
                            .sorted()
                            .toList());
        }
        return List.copyOf(groups);
    }

    private static double least(double[][] similarity, List<Integer> a, List<Integer> b) {
        double least = Double.POSITIVE_INFINITY;
        for (int i : a) {
            for (int j : b) {
                least = Math.min(least, similarity[i][j]); // NaN stays NaN
            }
        }
        return least;
    }
}
