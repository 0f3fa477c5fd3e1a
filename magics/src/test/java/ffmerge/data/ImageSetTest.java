package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.DemoImages;
import ffmerge.Progress;
import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.duckdb.DuckDBDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSetTest {
    private static final List<String> CLASSES = List.of("cat", "dog");

    @TempDir
    private Path folder;

    private Preprocessing preprocessing(String json) throws IOException {
        Files.writeString(folder.resolve("preprocessor_config.json"), json);
        return Preprocessing.load(folder, 3);
    }

    private Preprocessing preprocessing() throws IOException {
        return preprocessing("{\"size\": 8, \"resample\": 2}");
    }

    private Path put(String file, String image) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        return Files.write(path, PillowTest.resource(image));
    }

    private ImageSet open(Path where, Split split) throws IOException {
        return ImageSet.open("pets", where, split, Columns.KNOWN, preprocessing(), CLASSES);
    }

    private String refusal(Path where) {
        return assertThrows(UserError.class, () -> open(where, Split.TEST))
                .getMessage()
                .replace(folder.toString(), "FOLDER");
    }

    /** A parquet file of these columns, written by DuckDB. */
    private Path parquet(String name, String select, String... options) throws SQLException {
        Path file = folder.resolve(name);
        try (Connection database = new DuckDBDriver().connect("jdbc:duckdb:", new Properties());
                Statement statement = database.createStatement()) {
            String more = options.length == 0 ? "" : ", " + String.join(", ", options);
            statement.execute("COPY (" + select + ") TO '" + file + "' (FORMAT parquet" + more + ")");
        }
        return file;
    }

    @Test
    void theDemosParquetGivesItsImagesInOrder() {
        ImageSet test = DemoImages.images(Split.TEST);
        assertEquals(2000, test.size());
        List<Batch> batches = test.batches(100, 30);
        List<Integer> rows = new ArrayList<>();
        batches.forEach(batch -> rows.add(batch.rows()));
        assertEquals(List.of(30, 30, 30, 10), rows);
        ImageBatch last = (ImageBatch) batches.get(3);
        ImageSet.Shown image = test.image(99);
        assertEquals(last.labels()[9], image.label());
        assertArrayEquals(
                Arrays.copyOfRange(last.pixels(), 9 * 784, 10 * 784),
                image.image().pixels());
        assertTrue(image.name().startsWith("row 99 of "), image.name());
    }

    @Test
    void classFoldersTakeTurnsAndSplitsAreFoundByTheirNames() throws IOException {
        put("pets/train/dog/1.png", "color.png");
        put("pets/train/dog/2.png", "grey.png");
        put("pets/train/dog/3.JPG", "photo.jpg");
        put("pets/train/cat/1.png", "palette.png");
        put("pets/val/cat/1.png", "bits.png");
        put("pets/train/dog/.hidden.png", "bits.png");
        put("pets/train/dog/notes.txt", "bits.png");
        Path pets = folder.resolve("pets");
        ImageSet train = open(pets, Split.TRAIN);
        assertEquals(4, train.size());
        ImageBatch batch = (ImageBatch) train.batches(9, 9).get(0);
        assertArrayEquals(new int[] {0, 1, 1, 1}, batch.labels());
        assertEquals(List.of(3, 8, 8), List.of(batch.channels(), batch.height(), batch.width()));
        assertEquals(1, open(pets, Split.VALIDATION).size());
        assertEquals("FOLDER/pets has no folder for the split test; it has train, val", refusal(pets));
        assertEquals(1, open(pets.resolve("val"), Split.TEST).size());
    }

    @Test
    void parquetOfTheHubIsReadByItsMetadata() throws Exception {
        Path image = put("one.png", "color.png");
        String bytes = "(SELECT content FROM read_blob('" + image + "'))";
        String metadata = "KV_METADATA {huggingface: '{\"info\":{\"features\":{\"img\":{\"_type\":\"Image\"},"
                + "\"fine\":{\"names\":[\"dog\",\"cat\"],\"_type\":\"ClassLabel\"}}}}'}";
        Path file = parquet(
                "test-00000-of-00001.parquet",
                "SELECT {'bytes': " + bytes + ", 'path': 'x'} AS img, n::BIGINT % 2 AS fine FROM range(5) t(n)",
                metadata);
        ImageSet test = open(folder, Split.TEST);
        assertEquals(5, test.size());
        assertArrayEquals(
                new int[] {1, 0, 1, 0, 1}, ((ImageBatch) test.batches(5, 5).get(0)).labels(), "matched by name");
        assertEquals(
                "FOLDER has no parquet file for the split train; expected is a file train.parquet or NAME-train.parquet",
                assertThrows(UserError.class, () -> open(folder, Split.TRAIN))
                        .getMessage()
                        .replace(folder.toString(), "FOLDER"));
        assertEquals(5, open(file, Split.TRAIN).size(), "one file is taken whole");
    }

    @Test
    void classesMayBeNamedInEachRow() throws Exception {
        Path image = put("one.png", "color.png");
        String pixels = "{'bytes': (SELECT content FROM read_blob('" + image + "')), 'path': 'x'} AS image";
        String names = "['dog', 'Cat', NULL, 'dog']";
        Path file = parquet(
                "names.parquet",
                "SELECT " + pixels + ", " + names + "[n + 1] AS label, " + names
                        + "[4 - n] AS kind FROM range(2) t(n)");
        assertEquals(List.of(1, 0), labels(open(file, Split.TEST)));
        Columns chosen = Columns.parse("image,kind");
        assertEquals(
                "row 1 of FOLDER/names.parquet has no label: quality is measured on labelled images",
                assertThrows(
                                UserError.class,
                                () -> ImageSet.open("pets", file, Split.TEST, chosen, preprocessing(), CLASSES))
                        .getMessage()
                        .replace(folder.toString(), "FOLDER"));
        assertEquals(
                "FOLDER/others.parquet has a class that the model doesn't know: cow; it knows cat, dog",
                refusal(parquet("others.parquet", "SELECT " + pixels + ", 'cow' AS label")));
    }

    @Test
    void ofSeveralImagesNoneIsTakenForItsPlace() throws Exception {
        Path image = put("one.png", "color.png");
        String bytes = "{'bytes': (SELECT content FROM read_blob('" + image + "')), 'path': 'x'}";
        String metadata = "KV_METADATA {huggingface: '{\"info\":{\"features\":{\"mask\":{\"_type\":\"Image\"},"
                + "\"%s\":{\"_type\":\"Image\"},\"label\":{\"names\":[\"cat\"],\"_type\":\"ClassLabel\"}}}}'}";
        String columns = "SELECT {'bytes': 'x'::BLOB, 'path': 'm'} AS mask, " + bytes + " AS %s, 0 AS label";
        Path known = parquet("known.parquet", columns.formatted("image"), metadata.formatted("image"));
        assertEquals(8, open(known, Split.TEST).image(0).image().height());
        assertEquals(
                "FOLDER/unknown.parquet has no column 'image'; it has mask, scan, label; --columns IMAGE,LABEL says"
                        + " which are meant",
                refusal(parquet("unknown.parquet", columns.formatted("scan"), metadata.formatted("scan"))));
    }

    @Test
    void largeDataAreReadAsTheyAreNeeded() {
        List<Path> files = List.of(DemoImages.file(Split.TEST), DemoImages.file(Split.VALIDATION));
        ParquetImages held = new ParquetImages(files, Columns.KNOWN);
        ParquetImages read = new ParquetImages(files, Columns.KNOWN, 0);
        assertEquals(3000, read.size());
        int[] some = {2999, 5, 2000, 5, 1999};
        for (int i = 0; i < some.length; i++) {
            assertArrayEquals(held.read(some).get(i), read.read(some).get(i));
            assertEquals(held.label(some[i]), read.label(some[i]));
        }
        assertTrue(read.name(2000).startsWith("row 0 of "), read.name(2000));
    }

    @Test
    void columnsAndLabelsThatAreNotAsTheyShouldBeAreNamed() throws Exception {
        String image = "{'bytes': 'x'::BLOB, 'path': NULL} AS image";
        assertEquals(
                "FOLDER/a.parquet has no column 'label'; it has image, kind; --columns IMAGE,LABEL says which are meant",
                refusal(parquet("a.parquet", "SELECT " + image + ", 1 AS kind")));
        assertEquals(
                "FOLDER/b.parquet has no column 'image'; it has text, label; --columns IMAGE,LABEL says which are meant",
                refusal(parquet("b.parquet", "SELECT 'x' AS text, 1 AS label")));
        assertEquals(
                "FOLDER/c.parquet: the column 'image' should hold encoded images, holds VARCHAR",
                refusal(parquet("c.parquet", "SELECT 'x' AS image, 1 AS label")));
        assertEquals(
                "FOLDER/d.parquet: the column 'label' should hold classes, as numbers or names, holds DOUBLE",
                refusal(parquet("d.parquet", "SELECT " + image + ", 0.5::DOUBLE AS label")));
        assertEquals(
                "row 0 of FOLDER/e.parquet has the label 2; the model knows 0 to 1",
                refusal(parquet("e.parquet", "SELECT " + image + ", 2 AS label")));
        assertEquals(
                "row 0 of FOLDER/f.parquet has no label: quality is measured on labelled images",
                refusal(parquet("f.parquet", "SELECT " + image + ", -1 AS label")));
        assertEquals(
                "FOLDER/g.parquet holds no images",
                refusal(parquet("g.parquet", "SELECT " + image + ", 1 AS label WHERE false")));
        Path broken = Files.writeString(folder.resolve("h.parquet"), "no parquet");
        assertTrue(refusal(broken).startsWith("cannot read FOLDER/h.parquet: "), refusal(broken));
    }

    @Test
    void foldersThatHoldNothingAreNamed() throws IOException {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        assertEquals(
                "FOLDER/empty holds no folders: images are expected in a folder for each class, as in"
                        + " FOLDER/empty/CLASS/IMAGE.png",
                refusal(empty));
        Files.createDirectories(empty.resolve("cat"));
        assertEquals(
                "the class folders in FOLDER/empty hold no image: none of their files is named as one, as in IMAGE.png or IMAGE.jpg",
                refusal(empty));
        assertEquals("there is no file or folder FOLDER/none", refusal(folder.resolve("none")));
        Path text = Files.writeString(folder.resolve("a.txt"), "x");
        assertEquals(
                "FOLDER/a.txt is no .parquet file: images are read from parquet, or from a folder for each class",
                refusal(text));
    }

    @Test
    void aClassThatTheModelDoesNotKnowIsNamed() throws IOException {
        put("pets/cat/1.png", "color.png");
        put("pets/cow/1.png", "color.png");
        assertEquals(
                "FOLDER/pets has a class that the model doesn't know: cow; it knows cat, dog",
                refusal(folder.resolve("pets")));
        put("others/n01/1.png", "color.png");
        put("others/n02/1.png", "color.png");
        assertEquals(
                "FOLDER/others has 2 classes that the model doesn't know: n01, n02; it knows cat, dog",
                refusal(folder.resolve("others")));
        put("same/DOG/1.png", "color.png");
        put("same/Cat/1.png", "color.png");
        assertEquals(List.of(0, 1), labels(open(folder.resolve("same"), Split.TEST)));
    }

    @Test
    void otherColumnsAreAskedFor() throws Exception {
        Path image = put("one.png", "color.png");
        Path file = parquet(
                "mine.parquet",
                "SELECT 0 AS image, (SELECT content FROM read_blob('" + image
                        + "')) AS Photo, n::INTEGER AS kind, 0 AS label" + " FROM range(2) t(n)");
        ImageSet asked = ImageSet.open("pets", file, Split.TEST, Columns.parse("photo,kind"), preprocessing(), CLASSES);
        assertEquals(List.of(0, 1), labels(asked));
        assertEquals(
                "--columns photo: FOLDER/mine.parquet is read for image and label, so name 2 columns",
                assertThrows(
                                UserError.class,
                                () -> ImageSet.open(
                                        "pets", file, Split.TEST, Columns.parse("photo"), preprocessing(), CLASSES))
                        .getMessage()
                        .replace(folder.toString(), "FOLDER"));
    }

    private static List<Integer> labels(ImageSet set) {
        return List.of(set.label(0), set.label(1));
    }

    @Test
    void anImageThatCannotBeDecodedIsNamedAndLeftOutOnlyWhenAsked() throws IOException {
        put("pets/cat/1.png", "color.png");
        put("pets/cat/2.png", "cut-off.png");
        put("pets/dog/1.jpg", "cut-off.jpg");
        ImageSet all = open(folder.resolve("pets"), Split.TEST);
        String message = assertThrows(
                        UserError.class, () -> all.batches(9, 9).iterator().next())
                .getMessage()
                .replace(folder.toString(), "FOLDER");
        assertTrue(
                message.matches("FOLDER/pets/(cat/2.png|dog/1.jpg) can't be decoded: .*"
                        + "; --skip-broken leaves such images out"),
                message);
        assertEquals("", all.leftOut());
        ImageSet whole = all.withoutBroken(Progress.NONE);
        assertEquals(1, whole.size());
        assertEquals(
                "pets test: 2 of 3 images can't be decoded and are left out: FOLDER/pets/dog/1.jpg, FOLDER/pets/cat/2.png",
                whole.leftOut().replace(folder.toString(), "FOLDER"));
        Files.delete(folder.resolve("pets/cat/1.png"));
        ImageSet none = open(folder.resolve("pets"), Split.TEST);
        assertEquals(
                "pets test: none of its 2 images can be decoded",
                assertThrows(UserError.class, () -> none.withoutBroken(Progress.NONE))
                        .getMessage());
    }

    @Test
    void anyBatchOfTrainingCanBeDrawnAgain() {
        ImageSet images = DemoImages.images(Split.VALIDATION);
        ImageBatch once = images.randomBatch(8, Augmentation.SHIFT, 3, 5);
        assertArrayEquals(
                once.pixels(), images.randomBatch(8, Augmentation.SHIFT, 3, 5).pixels());
        assertFalse(Arrays.equals(
                once.pixels(), images.randomBatch(8, Augmentation.SHIFT, 3, 6).pixels()));
        ImageBatch plain = images.randomBatch(8, Augmentation.NONE, 3, 5);
        assertArrayEquals(once.labels(), plain.labels(), "the same images, only moved");
        assertFalse(Arrays.equals(once.pixels(), plain.pixels()));
    }

    @Test
    void sizesComeFromThePreprocessorsConfig() throws IOException {
        PixelImage image = PillowTest.decode(PillowTest.resource("color.png"), 3); // 23 × 37
        PixelImage shorter =
                preprocessing("{\"size\": {\"shortest_edge\": 10}}").apply(image);
        assertEquals(List.of(10, 16), List.of(shorter.height(), shorter.width()));
        PixelImage both =
                preprocessing("{\"size\": {\"height\": 5, \"width\": 9}}").apply(image);
        assertEquals(List.of(5, 9), List.of(both.height(), both.width()));
        PixelImage cropped = preprocessing("{\"do_resize\": false, \"do_center_crop\": true, \"crop_size\": 21}")
                .apply(image);
        assertEquals(image.pixels()[37 + 8], cropped.pixels()[0]);
        PixelImage padded = preprocessing("{\"do_resize\": false, \"do_center_crop\": true, \"crop_size\": 40}")
                .apply(image);
        assertEquals(0, padded.pixels()[0]);
        assertEquals(image.pixels()[0], padded.pixels()[9 * 40 + 2]);
        PixelScale normalization = preprocessing(
                        "{\"size\": 8, \"image_mean\": [0.1, 0.2, 0.3], \"image_std\": [1, 2, 3], \"rescale_factor\": 0.5}")
                .normalization();
        assertArrayEquals(new float[] {0.1f, 0.2f, 0.3f}, normalization.mean());
        assertArrayEquals(new float[] {1, 2, 3}, normalization.deviation());
        assertEquals(0.5, normalization.factor());
    }

    @Test
    void aPreprocessorForAnotherModelIsRefused() throws IOException {
        assertEquals(
                "FOLDER/preprocessor_config.json: 'image_mean' is [0.5], the model takes 3 channels",
                assertThrows(UserError.class, () -> preprocessing("{\"size\": 8, \"image_mean\": [0.5]}"))
                        .getMessage()
                        .replace(folder.toString(), "FOLDER"));
        assertTrue(assertThrows(UserError.class, () -> preprocessing("{\"size\": {\"width\": 4}}"))
                .getMessage()
                .endsWith(
                        "'size' is {\"width\":4}; it is a number, a height and a width, or a shortest_edge, in pixels, of"
                                + " 1 to 4096"));
        assertTrue(assertThrows(UserError.class, () -> preprocessing("{\"size\": 4, \"resample\": 9}"))
                .getMessage()
                .endsWith("there is no 'resample' 9; it goes from 0 to 5 as in Pillow: "
                        + "[nearest, lanczos, bilinear, bicubic, box, hamming]"));
        Path none = Files.createDirectories(folder.resolve("none"));
        assertTrue(assertThrows(UserError.class, () -> Preprocessing.load(none, 3))
                .getMessage()
                .contains("has no preprocessor_config.json"));
        assertTrue(assertThrows(UserError.class, () -> Preprocessing.load(folder, 2))
                .getMessage()
                .endsWith("the model's num_channels is 2"));
    }
}
