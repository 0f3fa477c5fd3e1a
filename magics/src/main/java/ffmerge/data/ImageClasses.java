package ffmerge.data;

import ffmerge.UserError;
import java.util.List;
import java.util.stream.IntStream;

/** Finds, for the classes of a data set, those of a model. */
final class ImageClasses {
    private ImageClasses() {}

    /**
     * The model's class for each of the data's: by name; by number where the data name none of the model's classes and
     * have no others either (numbers alone, or other words for as many classes, in the same order).
     *
     * @param where the data are, for messages
     * @throws UserError if the data have a class that the model doesn't
     */
    static int[] match(List<String> ofData, List<String> ofModel, String where) {
        List<String> unknown =
                ofData.stream().filter(name -> !ofModel.contains(name)).toList();
        if (unknown.isEmpty()) {
            return ofData.stream().mapToInt(ofModel::indexOf).toArray();
        }
        boolean otherWords = unknown.size() == ofData.size() && ofData.size() == ofModel.size();
        if (!otherWords) {
            throw new UserError(where + " has " + (unknown.size() == 1 ? "a class" : unknown.size() + " classes")
                    + " that the model doesn't know: " + firstOf(unknown) + "; it knows " + firstOf(ofModel));
        }
        return IntStream.range(0, ofModel.size()).toArray();
    }

    private static String firstOf(List<String> names) {
        return String.join(", ", names.subList(0, Math.min(10, names.size()))) + (names.size() > 10 ? ", …" : "");
    }
}
