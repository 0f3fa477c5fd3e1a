package ffmerge.permutation;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * An order of units: place {@code j} is taken by unit {@code order[j]} (π in the paper: unit j of the anchor goes with
 * unit π(j) of the other sublayer).
 */
public record Permutation(int[] order) {
    /** @throws IllegalArgumentException if some unit is missing or there twice */
    public Permutation {
        boolean[] seen = new boolean[order.length];
        for (int unit : order) {
            if (unit < 0 || unit >= order.length || seen[unit]) {
                throw new IllegalArgumentException("not a permutation of " + order.length + " units: " + unit);
            }
            seen[unit] = true;
        }
        order = order.clone();
    }

    public static Permutation identity(int size) {
        int[] order = new int[size];
        Arrays.setAll(order, i -> i);
        return new Permutation(order);
    }

    /** Each of the permutations with the same probability (Fisher and Yates). */
    public static Permutation random(int size, RandomGenerator random) {
        int[] order = identity(size).order;
        for (int i = size - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int unit = order[i];
            order[i] = order[j];
            order[j] = unit;
        }
        return new Permutation(order);
    }

    public int size() {
        return order.length;
    }

    @Override
    public int[] order() {
        return order.clone();
    }

    public Permutation inverse() {
        int[] inverse = new int[order.length];
        for (int j = 0; j < order.length; j++) {
            inverse[order[j]] = j;
        }
        return new Permutation(inverse);
    }

    /** First this, then {@code next}: place j is taken by unit {@code order[next.order[j]]}. */
    public Permutation then(Permutation next) {
        int[] composed = new int[order.length];
        Arrays.setAll(composed, j -> order[next.order[j]]);
        return new Permutation(composed);
    }

    /** How many units stay where they are. */
    public int fixedPoints() {
        int fixed = 0;
        for (int j = 0; j < order.length; j++) {
            fixed += order[j] == j ? 1 : 0;
        }
        return fixed;
    }

    /**
     * Reorders one axis of a row-major tensor: slice j of the result is slice {@code order[j]} of {@code values}.
     *
     * @param inner the product of the axes inside the reordered one; the axes outside it follow from the length
     * @return a new array; {@code values} stays as it is
     */
    public float[] gather(float[] values, int inner) {
        int slice = order.length * inner;
        if (inner <= 0 || values.length % slice != 0) {
            throw new IllegalArgumentException(
                    values.length + " values do not hold slices of " + order.length + " × " + inner);
        }
        float[] gathered = new float[values.length];
        for (int outer = 0; outer < values.length; outer += slice) {
            for (int j = 0; j < order.length; j++) {
                if (inner == 1) { // a call for each value would take ten times as long
                    gathered[outer + j] = values[outer + order[j]];
                } else {
                    System.arraycopy(values, outer + order[j] * inner, gathered, outer + j * inner, inner);
                }
            }
        }
        return gathered;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Permutation p && Arrays.equals(order, p.order);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(order);
    }

    @Override
    public String toString() {
        return "Permutation of " + order.length + " units, " + fixedPoints() + " of them in place";
    }
}
