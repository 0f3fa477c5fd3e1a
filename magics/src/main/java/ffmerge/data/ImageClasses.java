package ffmerge.data;

import ffmerge.UserError;
import java.util.List;
import java.util.stream.IntStream;

/** Finds, for the classes of a data set, those of a model. */
final class ImageClasses {
    /** In a short list, one other name is rather another class. */
    private static final int MANY = 100;

    /** The share of classes that lie at the same place under the same name where two lists are one. */
    private static final double MOST = 0.9;

    private ImageClasses() {}

    /**
     * The model's class for each of the data's: by name; by number where the data have as many classes in the same order but
     * other words: for all of them, or for few, as ImageNet-1k on the hub has for the model's two that are called crane.
     *
     * @param where the data are, for messages
     * @throws UserError if the data have a class that the model doesn't
     */
    static int[] match(List<String> ofData, List<String> ofModel, String where) {
        List<String> unknown =
                ofData.stream().filter(name -> !ofModel.contains(name)).toList();
        boolean sameOrder = ofData.size() == ofModel.size()
                && ofData.size() >= MANY
                && IntStream.range(0, ofData.size())
                                .filter(i -> ofData.get(i).equals(ofModel.get(i)))
                                .count()
                        >= MOST * ofData.size();
        if (sameOrder) {
            return IntStream.range(0, ofModel.size()).toArray();
        }
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
