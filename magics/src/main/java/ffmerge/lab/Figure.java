package ffmerge.lab;

/**
 * A drawing for the notebook.
 *
 * @param svg a document of its own
 * @param description what is to be seen, for whoever can't see it
 */
public record Figure(String svg, String description) {
    @Override
    public String toString() {
        return description;
    }
}
