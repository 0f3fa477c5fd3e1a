package ffmerge.checkpoint;

import java.util.List;

/**
 * A tensor as a view of a storage: element {@code (i, j, …)} is the storage's element {@code offset + i·strides[0] +
 * j·strides[1] + …}. A transposed matrix and a row of a larger one are such views.
 *
 * @param offset in elements, as are the strides
 */
record StridedView(long offset, List<Long> shape, List<Long> strides) {
    /** More axes than PyTorch gives a tensor. */
    private static final int MOST_AXES = 64;

    StridedView {
        shape = List.copyOf(shape);
        strides = List.copyOf(strides);
    }

    /**
     * Whether each element lies within a storage of this many.
     *
     * @return false too where the numbers are so large, or negative, that the question makes no sense
     */
    boolean fits(long storageElements) {
        if (shape.size() != strides.size() || shape.size() > MOST_AXES || offset < 0) {
            return false;
        }
        for (int axis = 0; axis < shape.size(); axis++) {
            if (shape.get(axis) < 0 || strides.get(axis) < 0) {
                return false;
            }
        }
        try {
            return elements() == 0 ? offset <= storageElements : last() < storageElements;
        } catch (ArithmeticException e) {
            return false;
        }
    }

    /** @throws ArithmeticException if there are more than 2⁶³ */
    long elements() {
        return shape.contains(0L) ? 0 : shape.stream().reduce(1L, Math::multiplyExact);
    }

    /**
     * The highest place of an element, where there is one.
     *
     * @throws ArithmeticException if it is beyond 2⁶³
     */
    long last() {
        long last = offset;
        for (int axis = 0; axis < shape.size(); axis++) {
            last = Math.addExact(last, Math.multiplyExact(shape.get(axis) - 1, strides.get(axis)));
        }
        return last;
    }

    /** Whether the elements lie row-major without gaps. An axis of length 1 may have any stride. */
    boolean isContiguous() {
        long expected = 1;
        for (int axis = shape.size() - 1; axis >= 0; axis--) {
            if (shape.get(axis) != 1 && strides.get(axis) != expected) {
                return false;
            }
            expected *= shape.get(axis);
        }
        return true;
    }

    /** The elements' places in the storage, row-major, from one of them on. The view must not be empty. */
    Walk walk(long from) {
        return new Walk(from);
    }

    /** A row-major walk over the view. */
    final class Walk {
        private final long[] index = new long[shape.size()];
        private long place = offset;

        private Walk(long from) {
            long rest = from;
            for (int axis = index.length - 1; axis >= 0; axis--) {
                index[axis] = rest % shape.get(axis);
                rest /= shape.get(axis);
                place += index[axis] * strides.get(axis);
            }
        }

        /** The place of the present element; goes on to the next. */
        long next() {
            long present = place;
            for (int axis = index.length - 1; axis >= 0; axis--) {
                place += strides.get(axis);
                if (++index[axis] < shape.get(axis)) {
                    break;
                }
                place -= index[axis] * strides.get(axis);
                index[axis] = 0;
            }
            return present;
        }
    }
}
