package ffmerge.architecture;

/**
 * The heads of the attention sublayers of a stack.
 *
 * @param queries heads of queries
 * @param groups heads of keys and values, each for as many heads of queries
 * @param width dimensions of a head
 */
public record AttentionHeads(int queries, int groups, int width) {
    /**
     * The keys of the config that they are told by.
     *
     * @param keysValues null where there are as many as of queries
     * @param width of a head; the family's own models have none where it starts with {@code ffmerge_}
     * @param divide whether transformers asks for heads that divide the model's width
     * @param fixed why no layer's heads can go or stand in another order; null where they can
     * @param fixedIf a {@link Condition} without which they can; null where they never can, if there is a reason
     */
    record Keys(String queries, String keysValues, String width, boolean divide, String fixed, String fixedIf) {}

    /** The group that an element of an axis belongs to, which may be the axis of queries, of keys or of all three in one. */
    public int group(String role, int element) {
        return element / length(role) % groups;
    }

    /** How many elements of such an axis a group has, one behind the other. */
    private int length(String role) {
        boolean ofQueries =
                role.contains("query") && !role.contains("query-key-value") || role.contains("attention-out");
        return ofQueries ? queriesOfGroup() : width;
    }

    /** Dimensions of all heads of queries that share the keys and values of one. */
    public int queriesOfGroup() {
        return width * (queries / groups);
    }

    /**
     * The order of the elements of an axis in which whole groups stand in another order; within a group nothing moves.
     *
     * @param size of the axis
     * @param order group {@code order[g]} takes place g
     */
    public int[] elements(String role, int size, int[] order) {
        int length = length(role);
        int[] elements = new int[size];
        for (int place = 0; place < size; place++) {
            int moved = order[group(role, place)] - group(role, place);
            elements[place] = place + moved * length;
        }
        return elements;
    }
}
