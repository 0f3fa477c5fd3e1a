package ffmerge.result;

import java.util.List;
import java.util.Map;

/**
 * Images that one or several classifiers take for something else.
 *
 * @param examples how many images were looked at
 * @param wrong by model, how many it mistakes
 * @param rows some of the images: first those on which the models differ
 */
public record MistakesResult(String data, String split, long examples, Map<String, Long> wrong, List<Row> rows)
        implements Result {
    /**
     * @param index of the image in its split
     * @param name where it stands
     * @param label the class it belongs to
     * @param predicted the class that each model takes it for
     * @param png the image as the models see it, in base64
     */
    public record Row(int index, String name, String label, Map<String, String> predicted, String png) {}
}
