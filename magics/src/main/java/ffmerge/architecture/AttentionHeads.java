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
     */
    record Keys(String queries, String keysValues, String width, boolean divide) {}

    /** The group that an element of an axis belongs to, which may be the axis of queries, of keys or of all three in one. */
    public int group(String role, int element) {
        boolean ofQueries =
                role.contains("query") && !role.contains("query-key-value") || role.contains("attention-out");
        int length = ofQueries ? width * (queries / groups) : width;
        return element / length % groups;
    }
}
