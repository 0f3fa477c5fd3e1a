package ffmerge.checkpoint;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.LongFunction;

/**
 * How the values of several tensors stand in one: in each of so many groups a block of the first, one of the second, and so
 * on. Tensors that stand one behind the other are a single group.
 *
 * @param blocks how many values each tensor has in a group
 */
public record Interleaved(int groups, List<Long> blocks) {
    /**
     * Values that lie one behind the other in a tensor and in the one that holds it.
     *
     * @param part which tensor
     * @param inPart where they begin in it
     * @param inWhole where they begin in the one that holds it
     */
    public record Run(int part, long inPart, long inWhole, long length) {}

    public Interleaved {
        blocks = List.copyOf(blocks);
    }

    private long group() {
        return blocks.stream().mapToLong(Long::longValue).sum();
    }

    private long before(int part) {
        return blocks.subList(0, part).stream().mapToLong(Long::longValue).sum();
    }

    /** The run from an element of a part to the end of its block. */
    public Run ofPart(int part, long element) {
        long block = blocks.get(part);
        long inBlock = element % block;
        return new Run(part, element, element / block * group() + before(part) + inBlock, block - inBlock);
    }

    /** The run from an element of the whole to the end of its block. */
    public Run ofWhole(long element) {
        long inGroup = element % group();
        int part = 0;
        while (inGroup >= before(part) + blocks.get(part)) {
            part++;
        }
        long inBlock = inGroup - before(part);
        long block = blocks.get(part);
        return new Run(part, element / group() * block + inBlock, element, block - inBlock);
    }

    /**
     * Reads from one element on, run by run, as many as fit.
     *
     * @param runs the run from an element to the end of its block
     * @param read fills a part of the buffer with a run, or its beginning
     */
    public static void read(long from, FloatBuffer into, LongFunction<Run> runs, BiConsumer<Run, FloatBuffer> read) {
        int end = into.limit();
        long element = from;
        while (into.position() < end) {
            Run run = runs.apply(element);
            int length = (int) Math.min(run.length(), end - into.position());
            read.accept(run, into.limit(into.position() + length));
            element += length;
            into.limit(end);
        }
    }
}
